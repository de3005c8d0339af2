/*
# Made from the view r.nested.
description: The rows of the view r.nested.
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
  - name: share
    description: SAFE_DIVIDE(x.v, y.v).
*/
WITH x AS (SELECT day, post_id, SUM(viewers) v FROM raw.medium_story_days GROUP BY 1, 2), y AS (SELECT day, SUM(v) v FROM x GROUP BY 1) SELECT x.day, x.post_id, SAFE_DIVIDE(x.v, y.v) AS share FROM x JOIN y USING (day)
