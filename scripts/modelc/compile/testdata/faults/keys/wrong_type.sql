/*
description: A model.
grain: daily
materialized: incremental
partition_by: day
unique_key: [tags]
cluster_by: [weight, extra]
columns:
  - {name: day, description: A column.}
  - {name: tags, description: A column.}
  - {name: weight, description: A column.}
  - {name: extra, description: A column.}
*/
SELECT sold_at AS day, tags, weight, extra FROM raw.till_sales
