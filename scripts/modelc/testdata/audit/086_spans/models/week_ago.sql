/*
# Made from the view s.week_ago.
description: The rows of the view s.week_ago.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date, state]
inputs:
  mart.by_day: {last_n_days: 3}
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
  - name: state
    description: active, inactive, bounced, complained or cancelled.
    tests: [not_null]
  - name: subscribers
    description: Subscribers in this state, counted from the list.
  - name: viewers
    description: SUM(viewers).
*/
SELECT *
FROM (
SELECT t.snapshot_date, t.state, t.subscribers, d.viewers
FROM raw.kit_subscriber_totals AS t LEFT JOIN mart.by_day AS d ON d.day = t.snapshot_date - 2
)
WHERE snapshot_date = @partition_date
