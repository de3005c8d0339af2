/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
*/
SELECT day, SUM(pieces) FROM raw.till_sales GROUP BY day
