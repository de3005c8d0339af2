/*
# Made from the view s.ended.
description: One row per day and post_id, as in the view s.ended.
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
  - name: clappers
    description: Computed as in the view s.ended.
*/
WITH c AS (SELECT day, post_id, SUM(clappers) AS clappers FROM raw.medium_story_days GROUP BY day, post_id)
SELECT day, post_id, clappers FROM c WHERE DATE_DIFF(@partition_end, day, DAY) <= 3
