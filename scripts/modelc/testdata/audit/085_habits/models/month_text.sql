/*
# Made from the view r.month_text.
description: One row per month, as in the view r.month_text.
grain: daily
materialized: table
unique_key: [month]
inputs:
  raw.medium_story_days: all
columns:
  - name: month
    description: FORMAT_DATE('%Y-%m', day).
  - name: viewers
    description: SUM(viewers).
*/
SELECT FORMAT_DATE('%Y-%m', day) AS month, SUM(viewers) AS viewers FROM raw.medium_story_days GROUP BY month ORDER BY month
