/*
description: One row per item, of all days.
grain: daily
materialized: table
columns:
  - {name: read, description: The item.}
*/
SELECT DISTINCT item AS read
FROM raw.till_sales
