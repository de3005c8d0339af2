/*
# Made from the view r.growth_lag.
description: The rows of the view r.growth_lag.
grain: daily
materialized: table
inputs:
  raw.medium_account_days: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: gained
    description: followers - LAG(followers) OVER (ORDER BY day).
*/
SELECT day, followers - LAG(followers) OVER (ORDER BY day) AS gained FROM raw.medium_account_days
