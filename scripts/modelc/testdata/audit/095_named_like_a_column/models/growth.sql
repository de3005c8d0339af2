/*
# Made from the view r.growth.
description: The rows of the view r.growth.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
inputs:
  raw.medium_account_days: {last_n_days: 2}
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: gained
    description: day.followers - b.followers.
*/
SELECT *
FROM (
SELECT day.day, day.followers - b.followers AS gained
FROM raw.medium_account_days AS day LEFT JOIN raw.medium_account_days AS b ON b.day = DATE_SUB(day.day, INTERVAL 1 DAY)
)
WHERE day = @partition_date
