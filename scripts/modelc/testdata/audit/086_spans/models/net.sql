/*
# Made from the view s.net.
description: The rows of the view s.net.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  raw.stripe_balance_transactions: {last_n_months: 2}
columns:
  - name: month
    description: 'The partition: first day of the UTC month in which the transaction was created.'
    tests: [not_null]
  - name: net
    description: Computed as in the view s.net.
  - name: month_before
    description: Computed as in the view s.net.
*/
SELECT *
FROM (
WITH m AS (SELECT month, SUM(net) AS net FROM raw.stripe_balance_transactions WHERE currency = 'usd' GROUP BY month)
SELECT a.month, a.net, b.net AS month_before
FROM m AS a LEFT JOIN m AS b ON b.month = DATE_SUB(a.month, INTERVAL 1 MONTH)
)
WHERE month = @partition_date
