/*
# Made from the view analytics.followers.
description: The rows of the view analytics.followers.
grain: daily
materialized: table
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: followers
    description: Followers when the day's run read them.
  - name: gained
    description: followers - LAG(followers) OVER (ORDER BY day).
*/
SELECT day, followers, followers - LAG(followers) OVER (ORDER BY day) AS gained
FROM raw.medium_account_days
WHERE day < @partition_end
