/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
inputs:
  till_sales: same
  raw.till_sales: [same, same]
  raw.books_costs: yearly
  mart.a: last_n_days
  mart.b: {last_n_days: 1}
  mart.c: {last_n_days: 28, first_n_days: 3}
  mart.d: [{last_n_months: 61}, last_n_months, {}]
  mart.e: {last_n_days: 7, last_n_months: 13}
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
