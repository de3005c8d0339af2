/*
# Made from the view r.month_text.
description: One row per month, as in the view r.month_text.
grain: daily
materialized: table
unique_key: [month]
columns:
  - name: month
    description: FORMAT_DATE('%Y-%m', day).
  - name: viewers
    description: SUM(viewers).
*/
SELECT FORMAT_DATE('%Y-%m', day) AS month, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE day < @partition_end GROUP BY month ORDER BY month
