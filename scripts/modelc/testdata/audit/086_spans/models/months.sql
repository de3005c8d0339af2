/*
# Made from the view s.months.
description: The rows of the view s.months.
grain: monthly
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: month
unique_key: [month]
inputs:
  raw.medium_story_days: all
columns:
  - name: month
    description: Computed as in the view s.months.
    tests: [not_null]
  - name: clappers
    description: Computed as in the view s.months.
  - name: month_before
    description: Computed as in the view s.months.
*/
SELECT *
FROM (
WITH m AS (SELECT DATE_TRUNC(day, MONTH) AS month, SUM(clappers) AS clappers FROM raw.medium_story_days GROUP BY month)
SELECT a.month, a.clappers, b.clappers AS month_before
FROM m AS a LEFT JOIN m AS b ON b.month = DATE_SUB(a.month, INTERVAL 1 MONTH)
)
WHERE month = @partition_date
