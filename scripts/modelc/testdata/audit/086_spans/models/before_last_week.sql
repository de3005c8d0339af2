/*
# Made from the view s.before_last_week.
description: The rows of the view s.before_last_week.
grain: daily
materialized: table
inputs:
  raw.medium_story_days: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: post_id
    description: Medium's id of the story.
  - name: followers_gained
    description: People who followed the author from this story on the day.
*/
SELECT day, post_id, followers_gained FROM raw.medium_story_days WHERE day < DATE_SUB(@partition_end, INTERVAL 3 DAY)
