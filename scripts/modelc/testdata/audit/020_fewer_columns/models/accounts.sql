/*
# Made from the view reports.Accounts; holds the rows of reports.Accounts, reports.big_accounts.
description: The rows of the view reports.Accounts.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: date
unique_key: [date, user_name]
columns:
  - name: date
    description: 'The partition: the UTC day.'
    tests: [not_null]
  - name: user_name
    description: The author's name on Medium, without the @.
    tests: [not_null]
  - name: followers_total
    description: Followers at the time of the load.
  - name: order_value
    description: People who viewed any story on the day.
*/
SELECT
  Date AS date,
  userName AS user_name,
  `Followers (total)` AS followers_total,
  `order` AS order_value
FROM (
SELECT day AS `Date`, username AS userName, followers AS `Followers (total)`, viewers AS `order`
FROM raw.medium_account_days WHERE followers > 0
)
