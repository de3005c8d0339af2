/*
# Made from the view reports.all_net.
description: One row per month and currency, as in the view reports.all_net.
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
  - name: net
    description: SUM(net).
*/
SELECT month, currency, SUM(net) AS net FROM raw.stripe_balance_transactions GROUP BY month, currency
