/*
# Made from the view reports.record_month.
description: One row per month, as in the view reports.record_month.
grain: monthly
materialized: table
unique_key: [month]
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
  - name: viewers
    description: SUM(viewers).
*/
SELECT m.month, m.viewers
FROM (SELECT * FROM mart.member_months WHERE month < @partition_end) AS m
WHERE m.viewers = (SELECT MAX(viewers) FROM (SELECT * FROM mart.member_months WHERE month < @partition_end) AS member_months)
