/*
# Made from the view reports.member_days.
description: One row per day, as in the view reports.member_days.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: stories
    description: COUNT(DISTINCT post_id).
  - name: viewers
    description: SUM(viewers).
  - name: readers
    description: SUM(readers).
*/
SELECT day, COUNT(DISTINCT post_id) AS stories, SUM(viewers) AS viewers, SUM(readers) AS readers
FROM (
SELECT day, post_id, viewers, readers FROM raw.medium_story_days WHERE membership = 'MEMBER'
) AS members
GROUP BY day
