/*
description: An array that is named together with its table.
grain: daily
materialized: table
columns:
  - {name: sale_id, description: Number of the receipt.}
  - {name: tag, description: A word about the sale.}
*/
SELECT sale_id, tag
FROM raw.till_sales AS s
JOIN `raw`.till_sales . `tags` AS tag ON TRUE
