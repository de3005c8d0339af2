/*
# Made from the view reports.subscribers_now.
description: The rows of the view reports.subscribers_now.
grain: daily
materialized: table
columns:
  - name: subscriber_id
    description: Kit's id of the subscriber.
  - name: email_address
    description: E-mail address.
  - name: state
    description: active, inactive, bounced, complained or cancelled.
*/
SELECT subscriber_id, email_address, state FROM raw.kit_subscribers
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM raw.kit_subscribers)
