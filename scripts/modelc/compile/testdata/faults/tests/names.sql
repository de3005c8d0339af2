/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: A column.
    tests:
      - relationships: {to: mart.nowhere, field: day}
  - name: items
    description: A column.
    tests:
      - relationships: {to: raw.till_sales, field: nothing}
      - relationships: {to: raw.till_sales, field: item}
      - expression: items >
      - expression: items + 1
      - expression: amount > 0
      - expression: COUNT(*) > 0
      - expression: items > 0 -- always
      - expression: items > 0) OR (items < 0
tests:
  - unique: [day, id]
  - expression: day < CURRENT_DATE
  - expression: EXISTS (SELECT 1 FROM raw.till_sales AS t WHERE t.pieces = items)
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
