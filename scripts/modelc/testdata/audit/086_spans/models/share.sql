/*
# Made from the view s.share.
description: One row per day, as in the view s.share.
grain: daily
materialized: table
unique_key: [day]
inputs:
  mart.by_day: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: share
    description: SAFE_DIVIDE(viewers, (SELECT SUM(viewers) FROM s.by_day)).
*/
SELECT day, SAFE_DIVIDE(viewers, (SELECT SUM(viewers) FROM mart.by_day)) AS share FROM mart.by_day
