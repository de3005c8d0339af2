/*
# Made from the view reports.listed_titles.
description: The rows of the view reports.listed_titles.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date, post_id]
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: title
    description: UPPER(title).
*/
SELECT snapshot_date, post_id, UPPER(title) AS title FROM (SELECT * FROM (
SELECT * EXCEPT (is_locked, visibility) FROM raw.medium_stories AS stories WHERE visibility != 'UNLISTED'
) AS listed)
