/*
# Made from the view r.month.
description: One row per month, as in the view r.month.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  mart.day: each_day
columns:
  - name: month
    description: DATE_TRUNC(d.day, MONTH).
    tests: [not_null]
  - name: viewers
    description: SUM(d.viewers).
*/
SELECT DATE_TRUNC(d.day, MONTH) AS month, SUM(d.viewers) AS viewers FROM mart.day AS d GROUP BY month
