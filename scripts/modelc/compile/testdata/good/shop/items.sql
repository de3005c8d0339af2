/*
description: One row per item that was sold in the last week, as of the newest day.
grain: daily
materialized: table
unique_key: [item]
inputs:
  mart.item_days: {last_n_days: 7}
  mart.months: latest
  raw.books_costs: month_of
columns:
  - name: item
    description: What was sold.
    tests:
      - relationships: {to: mart.item_days, field: item}
  - {name: pieces, description: How many.}
  - name: month
    description: The newest month whose books are closed.
    tests:
      - relationships: {to: mart.months, field: month}
      - relationships: {to: raw.books_costs, field: month}
*/
SELECT item, SUM(pieces) AS pieces, (SELECT MAX(month) FROM mart.months WHERE month < @partition_end) AS month
FROM mart.item_days
WHERE day > DATE_SUB(@partition_date, INTERVAL 7 DAY) AND day <= @partition_date
GROUP BY item
