/*
# Made from the view r.union_all.
description: The rows of the view r.union_all.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, what]
columns:
  - name: day
    description: Computed as in the view r.union_all.
    tests: [not_null]
  - name: what
    description: Computed as in the view r.union_all.
  - name: n
    description: Computed as in the view r.union_all.
*/
SELECT day, 'views' AS what, viewers AS n FROM raw.medium_story_days UNION ALL SELECT day, 'reads', readers FROM raw.medium_story_days
