/*
# Made from the view r.with_comments.
description: The rows of the view r.with_comments.
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
  - name: title
    description: Title at the time of the snapshot.
*/
SELECT d.day, /* the story */ d.post_id, s.title
FROM raw.medium_story_days d, raw.medium_stories s
WHERE d.post_id = s.post_id AND d.day = s.snapshot_date
