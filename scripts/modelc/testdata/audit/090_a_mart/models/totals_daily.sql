/*
# Made from the view analytics.totals_daily; holds the rows of analytics.read_ratio, analytics.totals_daily.
description: One row per day, as in the view analytics.totals_daily.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: views
    description: SUM(views).
  - name: reads
    description: SUM(reads).
  - name: read_ratio
    description: ROUND(SAFE_DIVIDE(SUM(reads), SUM(views)), 4).
*/
SELECT day, SUM(views) AS views, SUM(reads) AS reads, ROUND(SAFE_DIVIDE(SUM(reads), SUM(views)), 4) AS read_ratio
FROM mart.story_daily
GROUP BY day
