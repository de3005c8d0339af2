/*
# Made from the view s.newest.
description: The rows of the view s.newest.
grain: daily
materialized: table
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
  - name: post_id
    description: Medium's id of the story.
  - name: word_count
    description: Number of words in the story.
*/
SELECT snapshot_date, post_id, word_count FROM raw.medium_stories
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM raw.medium_stories)
