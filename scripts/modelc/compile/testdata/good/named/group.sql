/*
description: One row per sale; the table is named like a keyword.
grain: daily
materialized: incremental
incremental_strategy: merge
partition_by: day
unique_key: [sale_id]
columns:
  - {name: day, description: The day., tests: [{relationships: {to: mart.day, field: day}}]}
  - {name: sale_id, description: Number of the receipt.}
*/
SELECT day, sale_id FROM raw.till_sales
