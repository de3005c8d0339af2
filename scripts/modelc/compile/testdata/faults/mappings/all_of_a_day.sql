/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
inputs:
  raw.till_sales: [same, all]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales GROUP BY day
