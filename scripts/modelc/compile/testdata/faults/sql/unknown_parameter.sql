/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
*/
SELECT day, pieces AS items
FROM raw.till_sales WHERE day = @day
