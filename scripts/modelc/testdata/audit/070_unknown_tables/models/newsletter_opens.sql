/*
# Made from the view reports.newsletter_opens.
# Unknown: newsletter.opens is not a table of this project; this model reads it as raw.opens. Load it with a new
# source, or name the table that has its rows.
# Unknown: newsletter.broadcasts is not a table of this project; this model reads it as raw.broadcasts. Load it
# with a new source, or name the table that has its rows.
description: >
  One row per sent_on, broadcast_id and subject, as in the view reports.newsletter_opens.
grain: daily
materialized: table
unique_key: [sent_on, broadcast_id, subject]
columns:
  - name: sent_on
    description: sent_on of newsletter.opens.
  - name: broadcast_id
    description: broadcast_id of newsletter.opens.
  - name: subject
    description: subject of newsletter.broadcasts.
  - name: openers
    description: COUNT(DISTINCT o.subscriber_id).
  - name: opens
    description: SUM(o.opens).
*/
SELECT o.sent_on, o.broadcast_id, b.subject, COUNT(DISTINCT o.subscriber_id) AS openers, SUM(o.opens) AS opens
FROM raw.opens AS o
JOIN raw.broadcasts AS b ON b.broadcast_id = o.broadcast_id
WHERE o.opens > 0 AND b.published_at < TIMESTAMP(@partition_end)
GROUP BY 1, 2, 3
