/*
# Made from the view s.by_day.
description: One row per day, as in the view s.by_day.
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
  - name: readers
    description: SUM(readers).
*/
SELECT day, SUM(viewers) AS viewers, SUM(readers) AS readers FROM raw.medium_story_days GROUP BY day
