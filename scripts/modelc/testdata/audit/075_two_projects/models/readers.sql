/*
# Made from the view reports.readers; holds the rows of reports.readers, reports.readers_once_more.
description: One row per day, as in the view reports.readers.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: readers
    description: SUM(readers).
*/
SELECT day, SUM(readers) AS readers FROM raw.medium_story_days GROUP BY day
