/*
# Made from the view mail.active_subscribers_plus; holds the rows of mail.active_subscribers,
# mail.active_subscribers_plus, mail.newest_subscribers, mail.vw_from_medium.
description: The rows of the view mail.active_subscribers_plus.
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
  - name: email_address
    description: E-mail address.
  - name: created_at
    description: When the subscriber was added.
  - name: utm_source
    description: Campaign parameter utm_source.
*/
SELECT snapshot_date, subscriber_id, email_address, created_at, utm_source
FROM raw.kit_subscribers
WHERE state = 'active'
