/*
# Made from the view mail.active_total.
description: The rows of the view mail.active_total.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date]
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day that the snapshot closes.'
    tests: [not_null]
  - name: subscribers
    description: Subscribers in that state, counted while walking the list.
*/
SELECT snapshot_date, subscribers FROM (
SELECT snapshot_date, state, subscribers FROM raw.kit_subscriber_totals WHERE snapshot_date = @partition_date
) AS totals WHERE state = 'active'
