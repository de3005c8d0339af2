/*
# Made from the view analytics.story_daily; holds the rows of analytics.story_daily, analytics.one_story,
# analytics.v_story_daily_copy, analytics.story_claps, analytics.story_reads, analytics.story_views_30_days,
# analytics.story_views_90_days.
description: Views, reads and earnings of each story on each day.
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
  - name: views
    description: SUM(viewers).
  - name: reads
    description: SUM(readers).
  - name: claps
    description: SUM(clappers).
  - name: earnings
    description: SUM(earnings_cents) / 100.
*/
SELECT
  day,
  post_id,
  SUM(viewers) AS views,
  SUM(readers) AS reads,
  SUM(clappers) AS claps,
  SUM(earnings_cents) / 100 AS earnings
FROM raw.medium_story_days
GROUP BY day, post_id
