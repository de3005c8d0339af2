/*
# Made from the view r.growth.
description: The rows of the view r.growth.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: followers
    description: Followers at the time of the load.
  - name: gained
    description: a.followers - b.followers.
*/
SELECT a.day, a.followers, a.followers - b.followers AS gained FROM (SELECT * FROM raw.medium_account_days WHERE day = @partition_date) a LEFT JOIN (SELECT * FROM raw.medium_account_days WHERE day < @partition_end) b ON b.day = DATE_SUB(a.day, INTERVAL 1 DAY)
