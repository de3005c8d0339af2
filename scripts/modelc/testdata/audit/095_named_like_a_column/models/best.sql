/*
# Made from the view r.best.
description: One row per month, as in the view r.best.
grain: monthly
materialized: table
unique_key: [month]
inputs:
  mart.month: all
columns:
  - name: month
    description: DATE_TRUNC(d.day, MONTH).
  - name: viewers
    description: SUM(d.viewers).
*/
SELECT m.month, m.viewers FROM mart.month AS m WHERE m.viewers = (SELECT MAX(o.viewers) FROM mart.month AS o)
