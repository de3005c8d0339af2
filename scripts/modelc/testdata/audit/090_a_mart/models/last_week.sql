/*
# Made from the view analytics.last_week.
description: The rows of the view analytics.last_week.
grain: daily
materialized: table
inputs:
  raw.medium_story_days: {last_n_days: 7}
columns:
  - name: views
    description: SUM(viewers).
  - name: reads
    description: SUM(readers).
*/
SELECT SUM(viewers) AS views, SUM(readers) AS reads
FROM raw.medium_story_days
WHERE day BETWEEN DATE_SUB(@partition_end, INTERVAL 7 DAY) AND @partition_date
