/*
# Made from the view s.recent_viewers.
description: The rows of the view s.recent_viewers.
grain: daily
materialized: table
inputs:
  raw.medium_stories: {last_n_days: 4}
  raw.medium_story_days: {last_n_days: 4}
columns:
  - name: snapshot_date
    description: 'The partition: the UTC day whose end the snapshot describes.'
  - name: post_id
    description: Medium's id of the story.
  - name: viewers
    description: People who viewed the story on the day.
*/
SELECT s.snapshot_date, s.post_id, d.viewers
FROM raw.medium_stories AS s
LEFT JOIN raw.medium_story_days AS d ON d.day = s.snapshot_date AND d.post_id = s.post_id
WHERE d.day >= DATE_SUB(@partition_end, INTERVAL 5 DAY) AND s.snapshot_date >= DATE_SUB(@partition_end, INTERVAL 4 DAY)
