/*
# Made from the view s.summary.
description: The rows of the view s.summary.
grain: daily
materialized: table
inputs:
  mart.by_day: all
columns:
  - name: yesterday
    description: (SELECT SUM(readers) FROM s.by_day WHERE day = CURRENT_DATE() - 1).
  - name: three_days
    description: (SELECT SUM(readers) FROM s.by_day WHERE day > CURRENT_DATE() - 4).
*/
SELECT (SELECT SUM(readers) FROM mart.by_day WHERE day = @partition_date) AS yesterday,
  (SELECT SUM(readers) FROM mart.by_day WHERE day > @partition_end - 4) AS three_days
