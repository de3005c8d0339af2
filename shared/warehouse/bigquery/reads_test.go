package bigquery_test

import (
	"errors"
	"fmt"
	"testing"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// months is a table of monthly partitions; its rows may have any day of the month.
var months = warehouse.Definition{
	Table: warehouse.Table{Dataset: "mart", Name: "months"}, PartitionBy: "closed_on", Grain: partition.Monthly,
	Schema: schema.Schema{
		{Name: "closed_on", Type: schema.Date, Mode: schema.Nullable},
		{Name: "other_closed_on", Type: schema.Date, Mode: schema.Nullable},
	},
}

// whole is a table without partitions.
var whole = warehouse.Definition{
	Table:  warehouse.Table{Dataset: "mart", Name: "pages"},
	Schema: schema.Schema{{Name: "page", Type: schema.String, Mode: schema.Nullable}},
}

// servePartitions starts a fake with ten days in counts, one row each, three months in months, two rows each, and five
// rows in whole.
func servePartitions(t *testing.T) *bigquery.Driver {
	t.Helper()
	d := serve(t).driver(t)
	for i, c := range []struct {
		def  warehouse.Definition
		rows string
	}{
		{counts, `(day, page, n) SELECT DATE_ADD(DATE '2026-11-21', INTERVAL (i) DAY), 'home', i FROM UNNEST(GENERATE_ARRAY(0, 9)) AS i`},
		{months, `(closed_on, other_closed_on) VALUES (DATE '2026-09-01', NULL), (DATE '2026-09-20', NULL), (DATE '2026-10-01', NULL),
			(DATE '2026-10-20', NULL), (DATE '2026-11-01', NULL), (DATE '2026-11-20', NULL)`},
		{whole, `(page) SELECT 'home' FROM UNNEST(GENERATE_ARRAY(1, 5)) AS i`},
	} {
		if err := d.EnsureTable(t.Context(), c.def); err != nil {
			t.Fatal(err)
		}
		_, err := warehouse.Run(t.Context(), d, warehouse.Job{ID: fmt.Sprint("fill", i), Query: &warehouse.Query{
			SQL: "INSERT INTO " + c.def.Table.String() + " " + c.rows, Target: &c.def.Table}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// An estimate counts eight bytes for each value of the columns that are used, in the partitions that are read. Partitions
// are pruned only by comparing the partition column with constants and parameters.
func TestAnEstimateCountsThePartitionsThatAreRead(t *testing.T) {
	d := servePartitions(t)
	const perValue, days = 8, 10
	for name, c := range map[string]struct {
		sql    string
		values int64
	}{
		"no filter":                        {"SELECT day, page, n FROM mart.counts", 3 * days},
		"one column":                       {"SELECT SUM(n) AS n FROM mart.counts", days},
		"no column":                        {"SELECT COUNT(*) AS n FROM mart.counts", 0},
		"one day":                          {"SELECT n FROM mart.counts WHERE day = @from", 2},
		"a range":                          {"SELECT n FROM mart.counts WHERE day >= @from AND day < @until", 2 * 3},
		"a range, column on the right":     {"SELECT n FROM mart.counts WHERE @from <= day AND @until > day", 2 * 3},
		"BETWEEN":                          {"SELECT n FROM mart.counts WHERE day BETWEEN @from AND @until", 2 * 4},
		"two ranges":                       {"SELECT n FROM mart.counts WHERE (day >= @from AND day < @until) OR day = DATE '2026-11-30'", 2 * 4},
		"an empty range":                   {"SELECT n FROM mart.counts WHERE day >= @from AND day < @from", 0},
		"a range before the oldest":        {"SELECT n FROM mart.counts WHERE day < DATE '2026-01-01'", 0},
		"a constant of arithmetic":         {"SELECT n FROM mart.counts WHERE day = CAST(@from + INTERVAL 1 DAY AS DATE)", 2},
		"a subquery with a filter":         {"SELECT t.n FROM (SELECT * FROM mart.counts AS input WHERE input.day >= @from AND input.day < @until) AS t", 2 * 3},
		"a filter on a subquery":           {"SELECT n FROM (SELECT day AS d, n FROM mart.counts) AS t WHERE d = @from", 2},
		"a filter on a WITH":               {"WITH t AS (SELECT * FROM mart.counts) SELECT n FROM t WHERE day = @from", 2},
		"a filter below an aggregation":    {"SELECT day, SUM(n) AS n FROM mart.counts WHERE day >= @from AND day < @until GROUP BY day", 2 * 3},
		"and a filter on another column":   {"SELECT n FROM mart.counts WHERE day = @from AND page = 'none'", 3},
		"or a filter on another column":    {"SELECT n FROM mart.counts WHERE day = @from OR page = 'none'", 3 * days},
		"a function on the column":         {"SELECT n FROM mart.counts WHERE date_trunc('month', day) = DATE '2026-12-01'", 2 * days},
		"a cast of the column":             {"SELECT n FROM mart.counts WHERE CAST(day AS TIMESTAMP) = TIMESTAMP '2026-11-22'", 2 * days},
		"arithmetic with the column":       {"SELECT n FROM mart.counts WHERE day - 1 = @from", 2 * days},
		"another column":                   {"SELECT n FROM mart.counts WHERE n = 3", days},
		"nothing that the table has":       {"SELECT n FROM mart.counts WHERE n > 1000", days},
		"a subquery's value":               {"SELECT n FROM mart.counts WHERE day = (SELECT MAX(closed_on) AS m FROM mart.months)", 2*days + 6},
		"a list from a subquery":           {"SELECT n FROM mart.counts WHERE day IN (SELECT closed_on FROM mart.months)", 2*days + 6},
		"a join":                           {"SELECT n FROM mart.counts JOIN mart.pages USING (page) WHERE day = @from", 3 + 5},
		"the inner side of a left join":    {"SELECT p.page, t.n FROM mart.pages AS p LEFT JOIN mart.counts AS t ON t.page = p.page AND t.day = @from", 5 + 3},
		"one table twice, read once":       {"SELECT a.n FROM mart.counts AS a JOIN mart.counts AS b ON a.n = b.n", days},
		"one table twice, two days":        {"SELECT n FROM mart.counts WHERE day = @from UNION ALL SELECT n FROM mart.counts WHERE day = @until", 2 * 2},
		"a whole month, of some of it":     {"SELECT closed_on FROM mart.months WHERE closed_on >= DATE '2026-10-15'", 4},
		"a column that ends like it":       {"SELECT closed_on FROM mart.months WHERE other_closed_on = DATE '2026-10-15'", 2 * 6},
		"a name in a text is not a filter": {"SELECT n FROM mart.counts WHERE page = 'day = 2026-11-21'", 3 * days},
		"an INSERT reads no target":        {"INSERT INTO mart.pages (page) SELECT page FROM mart.counts WHERE day = @from", 2},
		"a DELETE reads a partition":       {"DELETE FROM mart.counts WHERE day >= @from AND day < @until", 3 * 3},
	} {
		params := map[string]partition.Partition{"from": day.Add(1), "until": day.Add(4)}
		bytes, err := d.Estimate(t.Context(), warehouse.Query{SQL: c.sql, Params: params})
		if err != nil || bytes != perValue*c.values {
			t.Errorf("%s: %d bytes, %v; want %d", name, bytes, err, perValue*c.values)
		}
	}
}

func TestAnEstimateRunsNothing(t *testing.T) {
	f, d := serveOneRow(t)
	if _, err := d.Estimate(t.Context(), *insertion("").Query); err != nil {
		t.Error(err)
	}
	if n := f.rows(t); n != 1 {
		t.Errorf("the statement was run: %d rows", n)
	}
}

func TestAnEstimateOfAnInvalidStatementIsAnError(t *testing.T) {
	_, d := serveOneRow(t)
	for text, reason := range map[string]string{
		"SELECT days FROM mart.counts":                     "invalidQuery",
		"SELECT day FROM mart.gone":                        "notFound",
		"DELETE FROM mart.counts WHERE days = '2026-11-1'": "invalidQuery",
	} {
		_, err := d.Estimate(t.Context(), warehouse.Query{SQL: text})
		if failed, ok := errors.AsType[*warehouse.JobError](err); !ok || failed.Reason != reason {
			t.Errorf("%s: want %s, got %v", text, reason, err)
		}
	}
}
