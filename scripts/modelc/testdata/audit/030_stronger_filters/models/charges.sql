/*
# Made from the view reports.charges; holds the rows of reports.charges, reports.big_charges_2026,
# reports.usd_charges.
description: The rows of the view reports.charges.
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
  - name: currency
    description: Settlement currency, ISO 4217, lower case as Stripe sends it.
  - name: amount
    description: Gross amount in the currency's minor unit; negative if it reduces the balance.
  - name: fee
    description: Fees in the minor unit.
*/
SELECT month, id, created, currency, amount, fee
FROM raw.stripe_balance_transactions
WHERE reporting_category IN ('charge', 'charge_failure')
