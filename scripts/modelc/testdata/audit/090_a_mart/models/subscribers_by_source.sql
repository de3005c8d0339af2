/*
# Made from the view mail.subscribers_by_source; holds the rows of mail.by_source_now,
# mail.subscribers_by_source.
description: >
  One row per snapshot_date and utm_source, as in the view mail.subscribers_by_source.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date, utm_source]
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
  - name: utm_source
    description: IFNULL(utm_source, 'none').
  - name: subscribers
    description: COUNT(*).
*/
SELECT snapshot_date, IFNULL(utm_source, 'none') AS utm_source, COUNT(*) AS subscribers
FROM mart.active_subscribers_plus
GROUP BY 1, 2
