/*
# Made from the view analytics.totals_monthly; holds the rows of analytics.totals_monthly,
# analytics.totals_this_year.
description: One row per month, as in the view analytics.totals_monthly.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  mart.totals_daily: each_day
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
    tests: [not_null]
  - name: views
    description: SUM(views).
  - name: reads
    description: SUM(reads).
*/
SELECT DATE_TRUNC(day, MONTH) AS month, SUM(views) AS views, SUM(reads) AS reads
FROM mart.totals_daily
GROUP BY month
