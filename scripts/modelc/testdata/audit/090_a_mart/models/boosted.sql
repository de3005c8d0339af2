/*
# Made from the view analytics.boosted; holds the rows of analytics.boosted, analytics.boosted_only.
description: The rows of the view analytics.boosted.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, post_id]
columns:
  - name: day
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: title
    description: Title at the time of the snapshot.
  - name: boosted_on
    description: Day of the boost; null if the sheet does not give one.
  - name: boosted
    description: IFNULL(b.boosted, FALSE).
*/
SELECT s.snapshot_date AS day, s.post_id, s.title, b.boosted_on, IFNULL(b.boosted, FALSE) AS boosted
FROM raw.medium_stories AS s
LEFT JOIN raw.sheets_boosts AS b USING (snapshot_date, post_id)
