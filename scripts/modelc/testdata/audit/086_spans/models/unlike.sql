/*
# Made from the view s.unlike.
description: The rows of the view s.unlike.
grain: daily
materialized: table
inputs:
  mart.by_day: {last_n_days: 4}
columns:
  - name: day
    description: Computed as in the view s.unlike.
  - name: readers
    description: Computed as in the view s.unlike.
*/
SELECT day, readers FROM mart.by_day WHERE day >= DATE_SUB(@partition_end, INTERVAL 2 DAY)
UNION ALL
SELECT day, -viewers FROM mart.by_day WHERE day >= DATE_SUB(@partition_end, INTERVAL 4 DAY)
