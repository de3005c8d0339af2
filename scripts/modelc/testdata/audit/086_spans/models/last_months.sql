/*
# Made from the view s.last_months.
description: One row per month and currency, as in the view s.last_months.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, currency]
columns:
  - name: month
    description: 'The partition: first day of the UTC month in which the transaction was created.'
    tests: [not_null]
  - name: currency
    description: Settlement currency, ISO 4217, lower case as Stripe sends it.
    tests: [not_null]
  - name: n
    description: COUNT(*).
*/
SELECT month, currency, COUNT(*) AS n FROM raw.stripe_balance_transactions
GROUP BY month, currency
