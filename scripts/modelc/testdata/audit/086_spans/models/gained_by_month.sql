/*
# Made from the view s.gained_by_month.
description: One row per month, as in the view s.gained_by_month.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  mart.gained: each_day
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
    tests: [not_null]
  - name: more
    description: SUM(more).
*/
SELECT DATE_TRUNC(day, MONTH) AS month, SUM(more) AS more FROM mart.gained GROUP BY month
