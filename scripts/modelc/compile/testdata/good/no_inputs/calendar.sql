/*
description: The days of each month.
grain: monthly
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: The day.}
*/
SELECT day FROM UNNEST(GENERATE_DATE_ARRAY(@partition_date, DATE_SUB(@partition_end, INTERVAL 1 DAY))) AS day
