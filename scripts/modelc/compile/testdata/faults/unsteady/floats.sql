/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - {name: items, description: A column.}
  - {name: weight, description: A column.}
  - {name: half, description: A column.}
  - {name: sound, description: A column.}
*/
SELECT day, AVG(pieces) AS items, SUM(weight) AS weight,
  AVG(pieces / 2) OVER () AS half,
  SUM(CAST(weight AS NUMERIC)) AS sound
FROM raw.till_sales GROUP BY day, pieces
