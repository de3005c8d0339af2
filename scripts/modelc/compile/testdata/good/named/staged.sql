/*
description: One row per month; its columns are named like the tables and aliases of the statements around the query.
grain: monthly
materialized: table
unique_key: [month, staged]
inputs:
  mart.month: same
columns:
  - {name: month, description: The month., tests: [{relationships: {to: mart.month, field: month}}]}
  - {name: staged, description: A column named like the model., tests: [unique]}
  - {name: input, description: A column., tests: [not_null]}
  - {name: source, description: A column.}
  - {name: target, description: A column.}
*/
SELECT m.month, m.day AS staged, 1 AS input, 2 AS source, 3 AS target FROM mart.month AS m
