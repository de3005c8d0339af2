/*
# Made from the view analytics.best_month.
description: The rows of the view analytics.best_month.
grain: daily
materialized: table
inputs:
  mart.totals_monthly: latest
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
  - name: views
    description: SUM(views).
*/
SELECT month, views FROM (SELECT * FROM mart.totals_monthly WHERE month <= DATE_SUB(@partition_end, INTERVAL 1 MONTH)) AS totals_monthly ORDER BY views DESC LIMIT 1
