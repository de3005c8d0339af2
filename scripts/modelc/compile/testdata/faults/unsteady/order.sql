/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
  - {name: list, description: A column.}
  - {name: item, description: A column.}
*/
SELECT day, STRING_AGG(item) AS items,
  ARRAY_AGG(item ORDER BY sale_id) AS list,
  ANY_VALUE(item) AS item
FROM raw.till_sales GROUP BY day
