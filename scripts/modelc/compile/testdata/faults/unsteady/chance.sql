/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
  - {name: id, description: A column.}
*/
SELECT day, CAST(RAND() AS INT64) AS items, GENERATE_UUID() AS id
FROM raw.till_sales
