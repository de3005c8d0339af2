/*
description: One row per month with a sale, and when it was sold first.
grain: monthly
materialized: incremental
incremental_strategy: merge
partition_by: month
unique_key: [month]
inputs:
  mart.day: each_day
columns:
  - name: month
    description: First day of the month.
    tests: [unique, {relationships: {to: raw.books_costs, field: month}}]
  - name: day
    description: The first day with a sale.
    tests: [not_null, {relationships: {to: mart.day, field: day}}]
*/
SELECT DATE_TRUNC(d.day, MONTH) AS month, MIN(d.day) AS day FROM mart.day AS d GROUP BY month
