/*
descripton: A model.
grain: weekly
materialized: view
incremental_strategy: append
partition_by: Day
unique_key: [day, day]
cluster_by: day
grain: daily
columns: []
*/
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
