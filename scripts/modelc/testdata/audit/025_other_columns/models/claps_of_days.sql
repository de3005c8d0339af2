/*
# Made from the view reports.claps_of_days.
description: One row per day, as in the view reports.claps_of_days.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: claps
    description: SUM(claps).
*/
SELECT day, SUM(claps) AS claps FROM (SELECT day, post_id, claps, n FROM mart.member_claps) AS member_claps GROUP BY day
