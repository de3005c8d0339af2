/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
  - {name: nth, description: A column.}
*/
SELECT day, ROW_NUMBER() OVER (PARTITION BY item) AS items,
  ROW_NUMBER() OVER (ORDER BY sale_id) AS nth
FROM raw.till_sales
