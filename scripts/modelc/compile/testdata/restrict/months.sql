/*
description: One row per month.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: last_day
unique_key: [last_day]
columns:
  - {name: last_day, description: The last day of the month.}
  - {name: read, description: "The month as text, as in 2026-02."}
*/
SELECT LAST_DAY(month) AS last_day, FORMAT_DATE('%Y-%m', month) AS read
FROM raw.books_costs
