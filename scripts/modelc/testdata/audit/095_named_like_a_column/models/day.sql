/*
# Made from the view r.day.
description: One row per day and post_id, as in the view r.day.
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
  - name: viewers
    description: SUM(viewers).
*/
SELECT day, post_id, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE membership = 'MEMBER' GROUP BY day, post_id
