/*
# Made from the view reports.boosts; holds the rows of reports.boosted_stories, reports.boosted_stories_copy,
# reports.boosts, reports.boosts_joined_otherwise.
description: Stories that were boosted.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: snapshot_date
unique_key: [snapshot_date, post_id]
columns:
  - name: title
    description: Title at the time of the snapshot.
  - name: post_id
    description: Medium's id of the story.
    tests: [not_null]
  - name: boosted_on
    description: Day of the boost; null if the sheet does not give one.
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
    tests: [not_null]
*/
with yes as (select * from raw.sheets_boosts where boosted)
select title, story.post_id, boosted_on, story.snapshot_date
from yes join raw.medium_stories story using (snapshot_date, post_id)
where visibility <> 'UNLISTED'
