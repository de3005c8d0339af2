/*
# Made from the view reports.active_elsewhere.
description: The rows of the view reports.active_elsewhere.
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
    description: Country, as sent by Kit.
  - name: email_address
    description: E-mail address.
*/
SELECT snapshot_date, subscriber_id, country AS place, email_address FROM raw.kit_subscribers WHERE state = 'active'
