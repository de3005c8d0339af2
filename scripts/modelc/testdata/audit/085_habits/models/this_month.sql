/*
# Made from the view r.this_month.
description: One row per post_id, as in the view r.this_month.
grain: daily
materialized: table
unique_key: [post_id]
inputs:
  raw.medium_story_days: {last_n_days: 30}
columns:
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
*/
SELECT post_id, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE DATE_TRUNC(day, MONTH) = DATE_TRUNC(@partition_end, MONTH) GROUP BY 1
