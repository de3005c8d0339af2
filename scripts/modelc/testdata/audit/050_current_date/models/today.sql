/*
# Made from the view reports.today.
description: One row per day, as in the view reports.today.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
*/
SELECT day, SUM(viewers) AS viewers FROM raw.medium_story_days GROUP BY day
