/*
# Made from the view s.last_3_days.
description: The rows of the view s.last_3_days.
grain: daily
materialized: table
inputs:
  mart.by_day: {last_n_days: 3}
columns:
  - name: viewers
    description: SUM(viewers).
*/
SELECT SUM(viewers) AS viewers FROM mart.by_day WHERE day >= DATE_SUB(@partition_end, INTERVAL 3 DAY)
