/*
# Made from the view reports.fine.
description: Followers.
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
    description: followers + 1.
*/
SELECT day, followers + 1 AS followers FROM raw.medium_account_days
