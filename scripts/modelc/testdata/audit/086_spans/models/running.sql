/*
# Made from the view s.running.
description: The rows of the view s.running.
grain: daily
materialized: table
inputs:
  mart.by_day: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: viewers
    description: SUM(viewers) OVER (ORDER BY day).
*/
SELECT day, SUM(viewers) OVER (ORDER BY day) AS viewers FROM mart.by_day
