/*
# Made from the view analytics.best_month.
description: The rows of the view analytics.best_month.
grain: monthly
materialized: table
columns:
  - name: month
    description: DATE_TRUNC(day, MONTH).
  - name: views
    description: SUM(views).
*/
SELECT month, views FROM (SELECT * FROM mart.totals_monthly WHERE month < @partition_end) AS totals_monthly ORDER BY views DESC LIMIT 1
