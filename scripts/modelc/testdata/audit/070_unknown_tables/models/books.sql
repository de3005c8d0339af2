/*
# Made from the view reports.books.
# Unknown: shop.book_sales is not a table of this project; this model reads it as raw.book_sales. Load it with a
# new source, or name the table that has its rows.
description: One row per month, as in the view reports.books.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  raw.book_sales: each_day
columns:
  - name: month
    description: DATE_TRUNC(sold_on, MONTH).
    tests: [not_null]
  - name: copies
    description: COUNT(*).
  - name: takings
    description: SUM(price * copies).
*/
SELECT DATE_TRUNC(sold_on, MONTH) AS month, COUNT(*) AS copies, SUM(price * copies) AS takings
FROM raw.book_sales GROUP BY month
