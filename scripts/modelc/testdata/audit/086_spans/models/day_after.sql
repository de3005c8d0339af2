/*
# Made from the view s.day_after.
description: The rows of the view s.day_after.
grain: daily
materialized: table
inputs:
  raw.medium_account_days: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: gained
    description: b.followers - a.followers.
*/
SELECT a.day, b.followers - a.followers AS gained
FROM raw.medium_account_days AS a LEFT JOIN raw.medium_account_days AS b ON b.day = DATE_ADD(a.day, INTERVAL 1 DAY)
