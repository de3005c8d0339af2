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
MERGE INTO raw.till_sales AS t USING raw.till_sales AS s ON t.day = s.day WHEN MATCHED THEN DELETE
