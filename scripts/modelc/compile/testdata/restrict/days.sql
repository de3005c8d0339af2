/*
description: One row per day that the till was open.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: The day.}
  - {name: read, description: "The day as text, as in 02-28."}
*/
SELECT day, FORMAT_DATE('%m-%d', day) AS read
FROM raw.till_sales
