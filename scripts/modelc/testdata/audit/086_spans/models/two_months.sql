/*
# Made from the view s.two_months.
description: One row per currency, as in the view s.two_months.
grain: monthly
materialized: table
unique_key: [currency]
inputs:
  raw.stripe_balance_transactions: {last_n_months: 2}
columns:
  - name: currency
    description: Settlement currency, ISO 4217, lower case as Stripe sends it.
    tests: [not_null]
  - name: fees
    description: SUM(fee).
*/
SELECT currency, SUM(fee) AS fees FROM raw.stripe_balance_transactions
WHERE month >= DATE_SUB(DATE_TRUNC(@partition_end, MONTH), INTERVAL 2 MONTH) GROUP BY currency
