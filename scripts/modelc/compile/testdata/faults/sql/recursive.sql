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
WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 3)
SELECT @partition_date AS day, x AS items FROM n
