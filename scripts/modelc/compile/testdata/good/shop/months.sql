/*
description: One row per month, what came in and what it cost.
grain: monthly
materialized: incremental
incremental_strategy: merge
partition_by: month
unique_key: [month]
inputs:
  mart.item_days: each_day
  raw.books_costs: [same, previous_month]
columns:
  - {name: month, description: First day of the month.}
  - {name: takings, description: What came in.}
  - {name: costs, description: What it cost.}
  - {name: costs_before, description: What the month before cost; null when the books have nothing of it.}
tests:
  - unique: [month]
  - expression: takings >= 0 OR costs > 0
*/
WITH
  costs AS (
    SELECT month, SUM(amount) AS amount
    FROM raw.books_costs
    WHERE month BETWEEN DATE_SUB(@partition_date, INTERVAL 1 MONTH) AND @partition_date
    GROUP BY month
  )
SELECT
  @partition_date AS month,
  (SELECT SUM(takings) FROM mart.item_days WHERE day >= @partition_date AND day < @partition_end) AS takings,
  (SELECT amount FROM costs WHERE month = @partition_date) AS costs,
  (SELECT amount FROM costs WHERE month < @partition_date) AS costs_before
