/*
# Made from the view reports.recent_titles.
description: The rows of the view reports.recent_titles.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, title]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: title
    description: Title at the time of the snapshot.
  - name: viewers
    description: People who viewed the story on the day.
*/
SELECT d.day, s.title, d.viewers
FROM raw.medium_story_days AS d
LEFT JOIN raw.medium_stories AS s ON s.post_id = d.post_id AND s.snapshot_date = d.day
WHERE (d.membership = 'MEMBER' OR d.viewers > 100)
