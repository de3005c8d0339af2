/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: A column.}
  - name: items
    description: A column.
    tests:
      - expression: items > 0
        severity: info
      - severity: warn
      - expression: items > 0
        not_null: items
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
