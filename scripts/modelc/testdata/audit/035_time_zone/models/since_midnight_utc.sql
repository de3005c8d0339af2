/*
# Made from the view reports.since_midnight_utc; holds the rows of reports.since_midnight_utc,
# reports.since_new_year.
description: The rows of the view reports.since_midnight_utc.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, id]
columns:
  - name: month
    description: 'The partition: first day of the UTC month in which the transaction was created.'
    tests: [not_null]
  - name: id
    description: Stripe's id of the balance transaction.
    tests: [not_null]
  - name: created
    description: When the transaction was created.
  - name: amount
    description: Gross amount in the currency's minor unit; negative if it reduces the balance.
*/
SELECT month, id, created, amount
FROM raw.stripe_balance_transactions
WHERE created >= '2026-01-01 00:00:00+00'
