/*
description: A model.
grain: monthly
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
*/
SELECT @partition_date AS day, 1 AS items
FROM raw.till_sales
