/*
description: One row per item and day.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day, item]
cluster_by: [item]
columns:
  - {name: day, description: The day., tests: [not_null]}
  - {name: item, description: What was sold., tests: [not_null]}
  - name: pieces
    description: How many.
    tests:
      - not_null
      - expression: pieces > 0
  - {name: takings, description: What they cost together; null when all were gifts.}
*/
SELECT
  day,
  item,
  SUM(pieces) AS pieces, -- of all sales
  SUM(price) AS takings
FROM raw.till_sales
WHERE day = @partition_date
GROUP BY day, item;
