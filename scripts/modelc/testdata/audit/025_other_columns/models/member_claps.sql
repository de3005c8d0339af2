/*
# Made from the view reports.member_claps, with the columns of others; holds the rows of reports.member_claps,
# reports.member_views.
description: >
  One row per day and post_id, as in the views reports.member_claps and reports.member_views.
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
  - name: claps
    description: SUM(d.clappers).
  - name: n
    description: COUNT(*).
  - name: views
    description: SUM(viewers).
  - name: reads
    description: SUM(readers).
*/
SELECT d.day, d.post_id, SUM(d.clappers) AS claps, COUNT(*) AS n, SUM(viewers) AS views, SUM(readers) AS reads
FROM raw.medium_story_days AS d
WHERE 'MEMBER' = d.membership
GROUP BY 1, 2
