package compile

// readings are the cases of TestModelsReadThePartitionsOfTheirMappings.
var readings = []reading{
	// Mappings
	{
		name: "same, without a WHERE", of: "2026-03-01",
		query: "SELECT FORMAT_DATE('%m-%d', @partition_date) || ' ' || CAST(COUNT(*) AS STRING) AS read FROM raw.till_sales",
		want:  "03-01 1",
	}, {
		name: "same, with another WHERE", of: "2026-03-01",
		query: "SELECT read FROM mart.days WHERE day < @partition_date OR read > '03-00'",
		want:  "03-01",
	}, {
		name: "same, months", of: "2026-02",
		query: "SELECT read FROM mart.months UNION ALL SELECT FORMAT_DATE('%m', month) FROM raw.books_costs",
		want:  "02 2026-02",
	}, {
		name: "each_day", of: "2026-02", inputs: "mart.days: each_day",
		query: "SELECT MIN(read) || ' ' || MAX(read) || ' ' || CAST(COUNT(*) AS STRING) AS read FROM mart.days",
		want:  "02-01 02-28 28",
	}, {
		name: "month_of", of: "2026-03-01", inputs: "mart.months: month_of",
		query: "SELECT read FROM mart.months",
		want:  "2026-03",
	}, {
		name: "previous_month of a day", of: "2026-03-01", inputs: "mart.months: previous_month",
		query: "SELECT read FROM mart.months",
		want:  "2026-02",
	}, {
		name: "previous_month of a month", of: "2026-02", inputs: "mart.months: previous_month",
		query: "SELECT read FROM mart.months",
		want:  "2026-01",
	}, {
		name: "last_n_days", of: "2026-03-01", inputs: "mart.days: {last_n_days: 3}",
		query: "SELECT read FROM mart.days",
		want:  "02-27 02-28 03-01",
	}, {
		name: "last_n_days, but for the oldest", of: "2026-03-01", inputs: "mart.days: {last_n_days: 3}",
		absent: "mart.days/2026-02-27",
		query:  "SELECT read FROM mart.days",
		want:   "02-28 03-01",
	}, {
		name: "last_n_days before the start", of: "2026-01-02", inputs: "mart.days: {last_n_days: 5}",
		query: "SELECT read FROM mart.days",
		want:  "01-01 01-02",
	}, {
		name: "previous_month before the start", of: "2026-01-02", inputs: "mart.months: previous_month, mart.days: same",
		query: "SELECT read FROM mart.months UNION ALL SELECT read FROM mart.days",
		want:  "01-02",
	}, {
		name: "latest", of: "2026-03-01", inputs: "mart.days: latest",
		query: "SELECT read FROM mart.days",
		want:  "03-01",
	}, {
		name: "latest, older than the newest rows", of: "2026-03-01", inputs: "mart.days: latest",
		absent: "mart.days/2026-02-28 mart.days/2026-03-01",
		query:  "SELECT read FROM mart.days",
		want:   "02-27",
	}, {
		name: "latest month of a day: the one that has ended", of: "2026-03-30", inputs: "mart.months: latest",
		query: "SELECT read FROM mart.months",
		want:  "2026-02",
	}, {
		name: "latest day of a month", of: "2026-02", inputs: "mart.days: latest",
		query: "SELECT read FROM mart.days",
		want:  "02-28",
	}, {
		name: "latest, when nothing has arrived", of: "2026-01-02", inputs: "mart.months: latest, mart.days: same",
		query: "SELECT CAST(COUNT(*) AS STRING) AS read FROM mart.months UNION ALL SELECT read FROM mart.days",
		want:  "0 01-02",
	}, {
		name: "last_n_months of a month", of: "2026-02", inputs: "mart.months: {last_n_months: 2}",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02",
	}, {
		name: "last_n_months of a day: those that have ended", of: "2026-03-30", inputs: "mart.months: {last_n_months: 2}",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02",
	}, {
		name: "last_n_months before the start", of: "2026-02", inputs: "mart.months: {last_n_months: 13}",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02",
	}, {
		name: "last_n_months, but for the oldest", of: "2026-03", inputs: "mart.months: {last_n_months: 3}",
		absent: "mart.months/2026-01",
		query:  "SELECT read FROM mart.months",
		want:   "2026-02 2026-03",
	}, {
		name: "all days of a day", of: "2026-01-03", inputs: "mart.days: all",
		query: "SELECT read FROM mart.days",
		want:  "01-01 01-02 01-03",
	}, {
		name: "all days of a month", of: "2026-02", inputs: "mart.days: all",
		query: "SELECT MIN(read) || ' ' || MAX(read) || ' ' || CAST(COUNT(*) AS STRING) AS read FROM mart.days",
		want:  "01-01 02-28 59",
	}, {
		name: "all months of a month", of: "2026-03", inputs: "mart.months: all",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02 2026-03",
	}, {
		name: "all months of a day: those that have ended", of: "2026-03-30", inputs: "mart.months: all",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02",
	}, {
		name: "all, when nothing has arrived", of: "2026-01-02", inputs: "mart.months: all, mart.days: same",
		query: "SELECT CAST(COUNT(*) AS STRING) AS read FROM mart.months UNION ALL SELECT read FROM mart.days",
		want:  "0 01-02",
	}, {
		name: "an input without partitions is read whole", of: "2026-03-01",
		query: "SELECT read FROM mart.items",
		want:  "milk tea",
	},

	// Several mappings
	{
		name: "two mappings that touch", of: "2026-02", inputs: "mart.months: [same, previous_month]",
		query: "SELECT read FROM mart.months",
		want:  "2026-01 2026-02",
	}, {
		name: "two mappings with a month between them", of: "2026-03-01", inputs: "mart.months: [month_of, latest]",
		absent: "mart.months/2026-02",
		query:  "SELECT read FROM mart.months",
		want:   "2026-01 2026-03",
	}, {
		name: "two mappings, one of which finds nothing", of: "2026-01-02", inputs: "mart.months: [latest, month_of]",
		query: "SELECT read FROM mart.months",
		want:  "2026-01",
	}, {
		name: "three mappings", of: "2026-03-02", inputs: "mart.months: [latest, month_of, previous_month]",
		query: "SELECT read FROM mart.months",
		want:  "2026-02 2026-03",
	}, {
		name: "months and days", of: "2026-02", inputs: "mart.days: latest, mart.months: [same, previous_month]",
		query: "SELECT d.read || '/' || m.read AS read FROM mart.days AS d CROSS JOIN mart.months AS m",
		want:  "02-28/2026-01 02-28/2026-02",
	}, {
		name: "two tables by mappings of their own", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}, raw.till_sales: same",
		query: "SELECT d.read || '/' || t.sale_id AS read FROM mart.days AS d, raw.till_sales AS t",
		want:  "02-28/03-01 03-01/03-01",
	},

	// Where a table is read
	{
		name: "a table beside itself", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT a.read || '/' || b.read AS read FROM mart.days AS a JOIN mart.days b ON a.day >= b.day",
		want:  "02-28/02-28 03-01/02-28 03-01/03-01",
	}, {
		name: "a table by its last name", of: "2026-03-01",
		query: "SELECT till_sales.sale_id || '/' || days.read AS read FROM raw.till_sales, mart.days " +
			"WHERE days.day <= till_sales.day",
		want: "03-01/03-01",
	}, {
		name: "a table in backticks", of: "2026-03-01",
		query: "SELECT days.read || '/' || `till_sales`.`sale_id` AS read FROM `mart`.`days` CROSS JOIN `raw.till_sales`",
		want:  "03-01/03-01",
	}, {
		name: "a table that is called as the subquery's", of: "2026-03-01",
		query: "SELECT input.read FROM mart.days AS input WHERE EXISTS (SELECT 1 FROM raw.till_sales WHERE sale_id = input.read)",
		want:  "03-01",
	}, {
		name: "parentheses", of: "2026-03-01",
		query: "SELECT d.read FROM (mart.days AS d JOIN (raw.till_sales AS t LEFT JOIN mart.items AS i ON i.read = t.item) ON TRUE)",
		want:  "03-01",
	}, {
		name: "a query in WITH", of: "2026-03-01",
		query: "WITH a AS (SELECT * FROM mart.days), b AS (SELECT * FROM a) SELECT b.read FROM b JOIN a ON TRUE",
		want:  "03-01",
	}, {
		name: "a query in WITH that is called as the table", of: "2026-03-01",
		query: "WITH days AS (SELECT * FROM mart.days) SELECT read FROM days",
		want:  "03-01",
	}, {
		name: "EXISTS", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT x AS read FROM UNNEST(['02-27', '02-28', '03-01', '03-02']) AS x " +
			"WHERE EXISTS (SELECT 1 FROM mart.days WHERE read = x)",
		want: "02-28 03-01",
	}, {
		name: "IN and NOT IN", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT x AS read FROM UNNEST(['02-27', '02-28', '03-01', '03-02']) AS x " +
			"WHERE x IN (SELECT read FROM mart.days) AND x NOT IN (SELECT sale_id FROM raw.till_sales)",
		want: "02-28",
	}, {
		name: "a correlated subquery", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT sale_id || '/' || (SELECT STRING_AGG(d.read, '+' ORDER BY d.read) FROM mart.days AS d " +
			"WHERE d.day != DATE_ADD(t.day, INTERVAL 9 DAY)) AS read FROM raw.till_sales AS t",
		want: "03-01/02-28+03-01",
	}, {
		name: "an array of a subquery", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT ARRAY_TO_STRING(ARRAY(SELECT read FROM mart.days ORDER BY read), '+') AS read",
		want:  "02-28+03-01",
	}, {
		name: "every branch of a union", of: "2026-03-01",
		query: "SELECT read FROM mart.days UNION ALL (SELECT read FROM mart.days UNION ALL SELECT sale_id FROM raw.till_sales)",
		want:  "03-01 03-01 03-01",
	}, {
		name: "EXCEPT DISTINCT", of: "2026-03-01", inputs: "mart.days: {last_n_days: 3}",
		query: "SELECT read FROM mart.days EXCEPT DISTINCT SELECT sale_id FROM raw.till_sales",
		want:  "02-27 02-28",
	}, {
		name: "a window", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT read || '/' || IFNULL(LAG(read) OVER (ORDER BY day), '-') AS read FROM mart.days",
		want:  "02-28/- 03-01/02-28",
	},

	// What is read of a table
	{
		name: "a star", of: "2026-03-01", inputs: "mart.months: [month_of, previous_month]",
		query: "SELECT * EXCEPT (last_day) FROM mart.months",
		want:  "2026-02 2026-03",
	}, {
		name: "a table's star", of: "2026-03-01",
		query: "SELECT days.* EXCEPT (day) REPLACE (read || '!' AS read) FROM mart.days, raw.till_sales",
		want:  "03-01!",
	}, {
		name: "a star over USING", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT read FROM (SELECT * EXCEPT (sold_at) FROM raw.till_sales FULL JOIN mart.days USING (day))",
		want:  "02-28 03-01",
	}, {
		name: "USING", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT FORMAT_DATE('%m-%d', day) AS read FROM mart.days RIGHT JOIN raw.till_sales USING (day)",
		want:  "03-01",
	}, {
		name: "rows", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT CAST(COUNT(d) AS STRING) || '/' || ARRAY_AGG(d ORDER BY d.day LIMIT 1)[OFFSET(0)].read AS read " +
			"FROM mart.days AS d",
		want: "2/02-28",
	}, {
		name: "rows of a table by its last name", of: "2026-03-01", inputs: "mart.days: {last_n_days: 2}",
		query: "SELECT TO_JSON_STRING(days) AS read FROM mart.days",
		want:  `{"day":"2026-02-28","read":"02-28"} {"day":"2026-03-01","read":"03-01"}`,
	}, {
		name: "an array", of: "2026-03-01",
		query: "SELECT tag AS read FROM raw.till_sales AS t, t.tags AS tag",
		want:  "01 a",
	}, {
		name: "an array of a table by its last name", of: "2026-03-01",
		query: "SELECT tags || '/' || CAST(offset AS STRING) AS read FROM raw.till_sales, till_sales.tags WITH OFFSET",
		want:  "01/1 a/0",
	}, {
		name: "an array with UNNEST", of: "2026-03-01",
		query: "SELECT tag AS read FROM raw.till_sales LEFT JOIN UNNEST(tags) AS tag",
		want:  "01 a",
	}, {
		name: "an array in a subquery", of: "2026-03-01",
		query: "SELECT sale_id AS read FROM raw.till_sales AS t WHERE EXISTS (SELECT 1 FROM t.tags AS tag WHERE tag = 'a')",
		want:  "03-01",
	},
}
