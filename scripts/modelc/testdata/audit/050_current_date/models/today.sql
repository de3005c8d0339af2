/*
# Made from the view reports.today.
description: One row per day, as in the view reports.today.
grain: daily
materialized: table
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: viewers
    description: SUM(viewers).
*/
SELECT day, SUM(viewers) AS viewers FROM raw.medium_story_days WHERE day = @partition_date GROUP BY day
