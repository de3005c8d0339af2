/*
# Made from the view reports.active.
description: The rows of the view reports.active.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date, subscriber_id]
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
  - name: subscriber_id
    description: Kit's id of the subscriber.
    tests: [not_null]
  - name: place
    description: City, as estimated by Kit.
*/
SELECT snapshot_date, subscriber_id, city AS place FROM raw.kit_subscribers WHERE state = 'active'
