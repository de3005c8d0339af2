/*
# Made from the view finance.income; holds the rows of finance.fees, finance.income, finance.income_usd.
description: One row per month and currency, as in the view finance.income.
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
  - name: charges
    description: SUM(IF(reporting_category = 'charge', amount, 0)).
  - name: refunds
    description: SUM(IF(reporting_category = 'refund', -amount, 0)).
  - name: fees
    description: SUM(fee).
  - name: net
    description: SUM(net).
*/
SELECT
  month,
  currency,
  SUM(IF(reporting_category = 'charge', amount, 0)) AS charges,
  SUM(IF(reporting_category = 'refund', -amount, 0)) AS refunds,
  SUM(fee) AS fees,
  SUM(net) AS net
FROM raw.stripe_balance_transactions
WHERE reporting_category != 'payout'
GROUP BY month, currency
