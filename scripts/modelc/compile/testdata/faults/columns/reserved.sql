/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: end, description: A column.}
*/
SELECT day, pieces AS `end` FROM raw.till_sales
