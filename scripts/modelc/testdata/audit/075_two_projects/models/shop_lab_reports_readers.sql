/*
# Made from the view shop-lab:reports.readers.
# Unknown: shop-lab:raw.medium_story_days is not a table of this project; this model reads it as
# raw.shop_lab_medium_story_days. Load it with a new source, or name the table that has its rows.
description: One row per day, as in the view shop-lab:reports.readers.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day]
columns:
  - name: day
    description: day of shop-lab:raw.medium_story_days.
    tests: [not_null]
  - name: readers
    description: SUM(readers).
*/
SELECT day, SUM(readers) AS readers FROM raw.shop_lab_medium_story_days AS medium_story_days GROUP BY day
