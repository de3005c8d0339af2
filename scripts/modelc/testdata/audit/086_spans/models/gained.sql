/*
# Made from the view s.gained.
description: The rows of the view s.gained.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
inputs:
  mart.by_day: {last_n_days: 2}
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
  - name: more
    description: a.viewers - b.viewers.
*/
SELECT *
FROM (
SELECT a.day, a.viewers, a.viewers - b.viewers AS more
FROM mart.by_day AS a LEFT JOIN mart.by_day AS b ON b.day = DATE_SUB(a.day, INTERVAL 1 DAY)
)
WHERE day = @partition_date
