/*
# Made from the view r.yesterday.
description: The rows of the view r.yesterday.
grain: daily
materialized: table
columns:
  - name: post_id
    description: Medium's id of the story.
  - name: viewers
    description: People who viewed the story on the day.
*/
SELECT post_id, viewers FROM raw.medium_story_days WHERE day = @partition_date AND membership = 'MEMBER'
