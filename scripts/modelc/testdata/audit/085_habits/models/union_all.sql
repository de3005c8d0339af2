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
    description: As the view r.union_all made it.
    tests: [not_null]
  - name: what
    description: As the view r.union_all made it.
  - name: n
    description: As the view r.union_all made it.
*/
SELECT day, 'views' AS what, viewers AS n FROM raw.medium_story_days WHERE day = @partition_date UNION ALL SELECT day, 'reads', readers FROM raw.medium_story_days WHERE day = @partition_date
