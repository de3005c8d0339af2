/*
description: One row, the month with the highest takings of all, as of the newest month, and the costs of a quarter.
grain: monthly
materialized: table
inputs:
  mart.months: all
  raw.books_costs: {last_n_months: 3}
columns:
  - {name: month, description: The best month.}
  - {name: takings, description: What came in that month.}
  - {name: costs, description: The costs of the newest three months.}
*/
SELECT month, takings, (SELECT SUM(amount) FROM raw.books_costs) AS costs
FROM mart.months
ORDER BY takings DESC, month
LIMIT 1
