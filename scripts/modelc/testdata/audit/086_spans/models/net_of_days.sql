/*
# Made from the view s.net_of_days.
description: The rows of the view s.net_of_days.
grain: daily
materialized: table
inputs:
  mart.by_day: all
  mart.net: all
columns:
  - name: day
    description: 'The partition: the UTC day.'
  - name: viewers
    description: SUM(viewers).
  - name: net
    description: Computed as in the view s.net.
*/
SELECT d.day, d.viewers, m.net FROM mart.by_day AS d JOIN mart.net AS m ON m.month = DATE_TRUNC(d.day, MONTH)
