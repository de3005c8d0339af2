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
      - notnull
      - accepted_values
      - accepted_values: {values: []}
      - accepted_values: {values: [1.5, 0x10, null]}
      - accepted_values: [a]
      - relationships: {to: till_sales}
      - unique: [day]
      - expression: [day]
      - {not_null: true, unique: true}
  - {name: items, description: A column., tests: not_null}
tests:
  - not_null
  - unique
  - unique: []
  - relationships: {to: mart.a, field: day}
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
