/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: sha256_0, description: A column.}
*/
SELECT day, item AS sha256_0 FROM raw.till_sales
