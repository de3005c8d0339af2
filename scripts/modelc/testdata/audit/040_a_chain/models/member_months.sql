/*
# Made from the view reports.member_months.
description: One row per month, as in the view reports.member_months.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  mart.member_days: each_day
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
  - name: viewers_per_day
    description: SAFE_DIVIDE(SUM(viewers), COUNT(*)).
*/
SELECT DATE_TRUNC(day, MONTH) AS month, SUM(viewers) AS viewers, SAFE_DIVIDE(SUM(viewers), COUNT(*)) AS viewers_per_day
FROM mart.member_days
GROUP BY 1
