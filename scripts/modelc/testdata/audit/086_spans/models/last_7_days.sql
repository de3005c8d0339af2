/*
# Made from the view s.last_7_days.
description: One row per day, as in the view s.last_7_days.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
inputs:
  raw.medium_account_days: {last_n_days: 7}
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: viewers
    description: SUM(b.viewers).
*/
SELECT *
FROM (
SELECT a.day, SUM(b.viewers) AS viewers
FROM raw.medium_account_days AS a JOIN raw.medium_account_days AS b ON b.day BETWEEN DATE_SUB(a.day, INTERVAL 6 DAY) AND a.day
GROUP BY a.day
)
WHERE day = @partition_date
