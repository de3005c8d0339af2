/*
description: A model.
grain: monthly
materialized: incremental
partition_by: day
unique_key: [day]
inputs:
  raw.books_costs: [previous_month, month_of]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
*/
SELECT month AS day, 1 AS items FROM raw.books_costs
