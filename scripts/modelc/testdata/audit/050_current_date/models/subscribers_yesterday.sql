/*
# Made from the view reports.subscribers_yesterday.
description: The rows of the view reports.subscribers_yesterday.
grain: daily
materialized: table
columns:
  - name: subscriber_id
    description: Kit's id of the subscriber.
  - name: state
    description: active, inactive, bounced, complained or cancelled.
  - name: age
    description: DATE_DIFF(CURRENT_DATE('America/New_York'), DATE(created_at), DAY).
*/
SELECT subscriber_id, state, DATE_DIFF(@partition_end, DATE(created_at), DAY) AS age
FROM raw.kit_subscribers
WHERE snapshot_date = @partition_date AND created_at < TIMESTAMP(@partition_end)
