/*
# Made from the view reports.old_name.
description: The rows of the view reports.old_name.
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
*/
SELECT day, followers FROM raw.medium_account_days AS account WHERE followers > 0
