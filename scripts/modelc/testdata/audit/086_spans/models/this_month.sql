/*
# Made from the view s.this_month.
description: The rows of the view s.this_month.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, post_id]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: readers
    description: People who read the story on the day.
*/
SELECT day, post_id, readers FROM raw.medium_story_days
