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
SELECT day, pieces AS items
FROM raw.till_sales
WHERE day = CURRENT_DATE
  AND sold_at < CURRENT_TIMESTAMP()
  AND item = SESSION_USER()
