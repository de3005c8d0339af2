/*
# Made from the view analytics.stories_now; holds the rows of analytics.stories_now,
# analytics.stories_now_short.
description: The rows of the view analytics.stories_now.
grain: daily
materialized: table
columns:
  - name: post_id
    description: Medium's id of the story.
  - name: title
    description: Title at the time of the snapshot.
  - name: views
    description: Views over the lifetime.
  - name: reads
    description: Reads over the lifetime.
  - name: read_ratio
    description: SAFE_DIVIDE(reads, views).
*/
SELECT post_id, title, views, reads, SAFE_DIVIDE(reads, views) AS read_ratio
FROM raw.medium_stories AS stories
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM raw.medium_stories AS stories)
