/*
# Made from the view reports.record_month.
description: One row per month, as in the view reports.record_month.
grain: monthly
materialized: table
unique_key: [month]
inputs:
  mart.member_months: all
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
  - name: viewers
    description: SUM(viewers).
*/
SELECT m.month, m.viewers
FROM mart.member_months AS m
WHERE m.viewers = (SELECT MAX(viewers) FROM mart.member_months)
