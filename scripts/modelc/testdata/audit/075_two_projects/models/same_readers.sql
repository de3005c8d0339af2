/*
# Made from the view reports.same_readers.
description: One row per day, as in the view reports.same_readers.
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
    description: SUM(r.readers).
*/
SELECT r.day, SUM(r.readers) AS readers
FROM raw.medium_story_days AS r JOIN raw.medium_stories AS s ON s.post_id = r.post_id AND s.snapshot_date = r.day
GROUP BY r.day
