/*
# Made from the view s.newest_titles.
description: The rows of the view s.newest_titles.
grain: daily
materialized: table
inputs:
  raw.medium_story_days: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: title
    description: Title at the time of the snapshot.
  - name: readers
    description: People who read the story on the day.
*/
SELECT d.day, s.title, d.readers
FROM raw.medium_story_days AS d JOIN raw.medium_stories AS s ON s.post_id = d.post_id
WHERE s.snapshot_date = (SELECT MAX(snapshot_date) FROM raw.medium_stories)
