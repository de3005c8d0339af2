/*
description: One row per day and item; the table is named like its partition column.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day, item]
columns:
  - name: day
    description: The day.
    tests:
      - not_null
      - expression: day >= '2026-01-01'
  - {name: item, description: What was sold., tests: [not_null]}
tests:
  - unique: [item]
*/
SELECT DISTINCT day, item FROM raw.till_sales
