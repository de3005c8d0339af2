/*
# Made from the view reports.viewers_of_accounts.
description: One row per date, as in the view reports.viewers_of_accounts.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: date
unique_key: [date]
columns:
  - name: date
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: viewers
    description: SUM(a.`order`).
*/
SELECT
  Date AS date,
  viewers
FROM (
SELECT a.`Date`, SUM(a.`order`) AS viewers FROM (SELECT date, user_name AS userName, followers_total AS `Followers (total)`, order_value AS `order` FROM mart.accounts) AS a GROUP BY 1
)
