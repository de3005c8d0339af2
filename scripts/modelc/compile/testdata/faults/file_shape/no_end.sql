/*
description: A model.
SELECT day, SUM(pieces) AS items FROM raw.till_sales WHERE day = @partition_date GROUP BY day
