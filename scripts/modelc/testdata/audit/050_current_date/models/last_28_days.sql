/*
# Made from the view reports.last_28_days.
description: One row per post_id, as in the view reports.last_28_days.
grain: daily
materialized: table
unique_key: [post_id]
inputs:
  raw.medium_story_days: {last_n_days: 28}
columns:
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
  - name: last_day
    description: MAX(day).
*/
SELECT post_id, SUM(viewers) AS viewers, MAX(day) AS last_day
FROM raw.medium_story_days
WHERE day > DATE_SUB(@partition_end, INTERVAL 29 DAY)
GROUP BY post_id
