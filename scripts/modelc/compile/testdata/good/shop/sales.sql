/*
description: One row per sale, corrected when the till corrects it.
grain: daily
materialized: incremental
incremental_strategy: merge
partition_by: day
unique_key: [sale_id]
columns:
  - {name: day, description: The day.}
  - {name: sale_id, description: Number of the receipt., tests: [unique]}
  - name: kind
    description: PAID or GIFT.
    tests:
      - accepted_values: {values: [PAID, GIFT]}
  - {name: tags, description: Words about the sale.}
*/
SELECT day, sale_id, IF(price IS NULL, 'GIFT', 'PAID') AS kind, tags
FROM `raw.till_sales`
WHERE day = @partition_date
