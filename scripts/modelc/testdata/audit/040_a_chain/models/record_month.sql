/*
# Made from the view reports.record_month.
description: One row per month, as the view reports.record_month had it.
grain: daily
materialized: table
unique_key: [month]
inputs:
  mart.member_months: latest
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
  - name: viewers
    description: SUM(viewers).
*/
SELECT m.month, m.viewers
FROM (SELECT * FROM mart.member_months WHERE month <= DATE_SUB(@partition_end, INTERVAL 1 MONTH)) AS m
WHERE m.viewers = (SELECT MAX(viewers) FROM (SELECT * FROM mart.member_months WHERE month <= DATE_SUB(@partition_end, INTERVAL 1 MONTH)) AS member_months)
