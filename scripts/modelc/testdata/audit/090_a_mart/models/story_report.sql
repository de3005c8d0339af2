/*
# Made from the view analytics.story_report.
description: The rows of the view analytics.story_report.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, title]
columns:
  - name: title
    description: Title at the time of the snapshot.
    tests: [not_null]
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: views
    description: SUM(viewers).
  - name: reads
    description: SUM(readers).
  - name: earnings
    description: SUM(earnings_cents) / 100.
*/
SELECT s.title, d.day, d.views, d.reads, d.earnings
FROM mart.story_daily AS d
JOIN raw.medium_stories AS s ON s.post_id = d.post_id AND s.snapshot_date = d.day
