/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day}
  - {description: A column.}
  - {name: items, description: A column., type: INT64}
  - {name: items, description: A column.}
  - {name: n, description: }
  - day
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
