/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: row_sha256, description: A column.}
*/
SELECT day, item AS row_sha256 FROM raw.till_sales
