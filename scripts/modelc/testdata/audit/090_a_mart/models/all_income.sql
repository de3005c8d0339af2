/*
# Made from the view finance.all_income.
description: The rows of the view finance.all_income.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month, stream]
inputs:
  mart.story_daily: each_day
columns:
  - name: month
    description: Computed as in the view finance.all_income.
    tests: [not_null]
  - name: stream
    description: Computed as in the view finance.all_income.
  - name: earned
    description: Computed as in the view finance.all_income.
*/
SELECT month, 'stripe' AS stream, SUM(net) / 100 AS earned
FROM raw.stripe_balance_transactions
WHERE currency = 'usd' AND reporting_category != 'payout'
GROUP BY month
UNION ALL
SELECT DATE_TRUNC(day, MONTH) AS month, 'medium' AS stream, SUM(earnings) AS earned
FROM mart.story_daily
GROUP BY 1
