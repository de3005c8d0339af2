package googlesql_test

import (
	"regexp"
	"strings"
	"testing"

	goccy "github.com/goccy/go-googlesql"
	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// shop is a catalog with raw.sales (day, id, item, n, price, tags, extra) and mart.items (item, kind).
func shop(t *testing.T) *googlesql.Catalog {
	t.Helper()
	cat, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []googlesql.Table{
		{Name: "raw.sales", Grain: partition.Daily, PartitionBy: "day", Schema: schema.Schema{
			{Name: "day", Type: schema.Date}, {Name: "id", Type: schema.String}, {Name: "item", Type: schema.String},
			{Name: "n", Type: schema.Int64}, {Name: "price", Type: schema.Numeric},
			{Name: "tags", Type: schema.String, Mode: schema.Repeated}, {Name: "extra", Type: schema.JSON},
		}},
		{Name: "mart.items", Grain: partition.Daily, Schema: schema.Schema{
			{Name: "item", Type: schema.String}, {Name: "kind", Type: schema.String},
		}},
	} {
		if err := cat.Add(table); err != nil {
			t.Fatal(err)
		}
	}
	return cat
}

func TestLineageNamesTheInputColumnsOfAValue(t *testing.T) {
	cat := shop(t)
	// Tables are written without their dataset: sales.n is raw.sales.n.
	for name, c := range map[string]struct{ sql, want string }{
		"a column": {
			"SELECT n AS x FROM raw.sales",
			"x: sales.n",
		},
		"the same column under three spellings": {
			"SELECT a.n + b.n + c.n AS x FROM `raw.sales` AS a, `raw`.`sales` AS b, raw.sales AS c",
			"x: sales.n",
		},
		"an expression": {
			"SELECT n * price AS x FROM raw.sales",
			"x: sales.n sales.price",
		},
		"a constant": {
			"SELECT 1 AS x, @partition_date AS d FROM raw.sales",
			"x:, d:",
		},
		"a condition of a CASE": {
			"SELECT CASE WHEN n > 0 THEN id ELSE item END AS x FROM raw.sales",
			"x: sales.id sales.item sales.n",
		},
		"a filter decides no value": {
			"SELECT id AS x FROM raw.sales WHERE n > 0",
			"x: sales.id",
		},
		"star": {
			"SELECT * EXCEPT (day, id, price, tags, extra) FROM raw.sales",
			"item: sales.item, n: sales.n",
		},
		"replaced in a star": {
			"SELECT * REPLACE (UPPER(kind) AS item) FROM mart.items",
			"item: items.kind, kind: items.kind",
		},
		"WITH": {
			"WITH a AS (SELECT n AS m FROM raw.sales), b AS (SELECT m + 1 AS k FROM a) SELECT k AS x FROM b",
			"x: sales.n",
		},
		"WITH, read twice": {
			"WITH a AS (SELECT id, n FROM raw.sales) SELECT p.n - q.n AS x FROM a AS p JOIN a AS q USING (id)",
			"x: sales.n",
		},
		"WITH within a subquery": {
			"SELECT x FROM (WITH a AS (SELECT n AS x FROM raw.sales) SELECT x FROM a)",
			"x: sales.n",
		},
		"a join": {
			"SELECT s.n AS x, i.kind AS y FROM raw.sales AS s LEFT JOIN mart.items AS i ON s.item = i.item",
			"x: sales.n, y: items.kind",
		},
		"the key of USING, inner": {
			"SELECT item AS x FROM raw.sales JOIN mart.items USING (item)",
			"x: sales.item",
		},
		"the key of USING, full": {
			"SELECT item AS x FROM raw.sales FULL JOIN mart.items USING (item)",
			"x: items.item sales.item",
		},
		"an aggregate": {
			"SELECT SUM(n) AS x FROM raw.sales",
			"x: sales.n",
		},
		"an aggregate's condition": {
			"SELECT COUNTIF(price > 1) AS x FROM raw.sales",
			"x: sales.price",
		},
		"an aggregate's order": {
			"SELECT STRING_AGG(item ORDER BY n) AS x FROM raw.sales",
			"x: sales.item sales.n",
		},
		"an aggregate's HAVING MAX": {
			"SELECT ANY_VALUE(item HAVING MAX n) AS x FROM raw.sales",
			"x: sales.item sales.n",
		},
		"COUNT(*) is made from no column": {
			"SELECT COUNT(*) AS x FROM raw.sales",
			"x:",
		},
		"a group's key": {
			"SELECT UPPER(item) AS k, SUM(n) AS x FROM raw.sales GROUP BY k",
			"k: sales.item, x: sales.n",
		},
		"ROLLUP and GROUPING": {
			"SELECT item, GROUPING(item) AS g, SUM(n) AS x FROM raw.sales GROUP BY ROLLUP (item)",
			"item: sales.item, g: sales.item, x: sales.n",
		},
		"a window's order, not its partition": {
			"SELECT LAG(n) OVER (PARTITION BY id ORDER BY day) AS x FROM raw.sales",
			"x: sales.day sales.n",
		},
		"ROW_NUMBER": {
			"SELECT ROW_NUMBER() OVER (PARTITION BY id ORDER BY day) AS x FROM raw.sales",
			"x: sales.day",
		},
		"a window over an aggregate": {
			"SELECT item, SUM(SUM(n)) OVER () AS x FROM raw.sales GROUP BY item",
			"item: sales.item, x: sales.n",
		},
		"a named window": {
			"SELECT SUM(n) OVER w AS x FROM raw.sales WINDOW w AS (ORDER BY price)",
			"x: sales.n sales.price",
		},
		"QUALIFY decides no value": {
			"SELECT id AS x FROM raw.sales QUALIFY RANK() OVER (ORDER BY n) = 1",
			"x: sales.id",
		},
		"a scalar subquery": {
			"SELECT (SELECT MAX(n) FROM raw.sales WHERE price > 0) AS x",
			"x: sales.n",
		},
		"a correlated subquery": {
			"SELECT (SELECT i.kind FROM mart.items AS i WHERE i.item = s.item) AS x FROM raw.sales AS s",
			"x: items.kind",
		},
		"IN a subquery": {
			"SELECT item IN (SELECT kind FROM mart.items) AS x FROM raw.sales",
			"x: items.kind sales.item",
		},
		"EXISTS counts all it names": {
			"SELECT EXISTS (SELECT 1 FROM mart.items AS i WHERE i.item = s.item) AS x FROM raw.sales AS s",
			"x: items.item sales.item",
		},
		"an array subquery": {
			"SELECT ARRAY(SELECT UPPER(tag) FROM UNNEST(tags) AS tag) AS x FROM raw.sales",
			"x: sales.tags",
		},
		"UNION takes columns by place": {
			"SELECT id AS x FROM raw.sales UNION ALL SELECT kind FROM mart.items",
			"x: items.kind sales.id",
		},
		"EXCEPT": {
			"SELECT item AS x FROM raw.sales EXCEPT DISTINCT SELECT item FROM mart.items",
			"x: items.item sales.item",
		},
		"UNNEST of a column": {
			"SELECT tag AS x, place AS y FROM raw.sales, UNNEST(tags) AS tag WITH OFFSET AS place",
			"x: sales.tags, y: sales.tags",
		},
		"UNNEST of constants": {
			"SELECT d AS x FROM UNNEST(GENERATE_DATE_ARRAY(@partition_date, @partition_end)) AS d",
			"x:",
		},
		"a member of JSON": {
			"SELECT JSON_VALUE(extra, '$.a') AS x, INT64(extra.b) AS y FROM raw.sales",
			"x: sales.extra, y: sales.extra",
		},
		"DISTINCT": {
			"SELECT DISTINCT item AS x FROM raw.sales",
			"x: sales.item",
		},
		"ORDER BY and LIMIT": {
			"SELECT id AS x FROM raw.sales ORDER BY n DESC, id LIMIT 3",
			"x: sales.id",
		},
		"PIVOT": {
			"SELECT * FROM (SELECT item, n FROM raw.sales) PIVOT (SUM(n) FOR item IN ('a' AS a, 'b' AS b))",
			"a: sales.item sales.n, b: sales.item sales.n",
		},
		"UNPIVOT": {
			"SELECT x, y FROM (SELECT item, kind FROM mart.items) UNPIVOT (x FOR y IN (item, kind))",
			"x: items.item items.kind, y: items.item items.kind",
		},
		"pipes": {
			"FROM raw.sales |> WHERE n > 0 |> AGGREGATE SUM(price) AS x GROUP BY item",
			"item: sales.item, x: sales.price",
		},
		"a struct's member": {
			"SELECT s.a AS x FROM (SELECT STRUCT(n AS a, id AS b) AS s FROM raw.sales)",
			"x: sales.id sales.n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			query, findings, err := cat.AnalyzeQuery(c.sql)
			if err != nil || findings != nil {
				t.Fatalf("findings %v, error %v", findings, err)
			}
			var got []string
			for _, column := range query.Columns {
				text := column.Name + ":"
				for _, ref := range column.Lineage {
					text += " " + strings.TrimPrefix(strings.TrimPrefix(ref.String(), "raw."), "mart.")
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.sql, diff)
			}
		})
	}
}

func TestColumnsHaveTheTypesOfTables(t *testing.T) {
	query, findings, err := shop(t).AnalyzeQuery(`
		SELECT id, n, n / 2 AS half, price, n > 1 AS many, day, TIMESTAMP(day) AS begins, extra, tags FROM raw.sales`)
	if err != nil || findings != nil {
		t.Fatalf("findings %v, error %v", findings, err)
	}
	var got []string
	for _, c := range query.Columns {
		got = append(got, c.Name+" "+string(c.Type)+" "+string(c.Mode))
	}
	want := []string{
		"id STRING NULLABLE", "n INT64 NULLABLE", "half FLOAT64 NULLABLE", "price NUMERIC NULLABLE", "many BOOL NULLABLE",
		"day DATE NULLABLE", "begins TIMESTAMP NULLABLE", "extra JSON NULLABLE", "tags STRING REPEATED",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A timestamp without a time zone is UTC, in winter and in summer, as it is in BigQuery.
func TestTheDefaultTimeZoneIsUTC(t *testing.T) {
	const sql = "SELECT TIMESTAMP '2026-01-01' AS a, CAST('2026-07-01' AS TIMESTAMP) AS b, TIMESTAMP '2026-01-01 00:00:00-08' AS c"
	var got []string
	err := shop(t).Analyze(sql, func(statement goccy.ResolvedStatementNode) error {
		text := googlesql.Must(statement.DebugString())
		got = regexp.MustCompile(`value=([^,)]*)`).FindAllString(text, -1)
		return nil
	})
	want := []string{"value=2026-01-01 00:00:00+00", "value=2026-07-01 00:00:00+00", "value=2026-01-01 08:00:00+00"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestInputsAreInTheOrderOfTheText(t *testing.T) {
	query, _, err := shop(t).AnalyzeQuery("SELECT 1 AS x FROM mart.items AS a,\n  raw.sales, mart.items AS b")
	if err != nil {
		t.Fatal(err)
	}
	want := []googlesql.Input{
		{Table: "mart.items", Pos: diag.Pos{Line: 1, Col: 20}},
		{Table: "raw.sales", Pos: diag.Pos{Line: 2, Col: 3}},
		{Table: "mart.items", Pos: diag.Pos{Line: 2, Col: 14}},
	}
	if diff := cmp.Diff(want, query.Inputs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A table's path may be laid out, quoted and commented on like any other words.
func TestATablesSpelling(t *testing.T) {
	cat := shop(t)
	for path, want := range map[string]string{
		"raw.sales": "", "`raw.sales`": "", "`raw`.sales": "", "raw . /* ! */ sales": "",
		"RAW.sales":   "table raw.sales is written RAW.sales; names of tables are case-sensitive in BigQuery",
		"`raw.Sales`": "table raw.sales is written raw.Sales; names of tables are case-sensitive in BigQuery",
	} {
		_, findings, err := cat.AnalyzeQuery("SELECT n FROM " + path)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if len(findings) > 0 {
			got = findings[0].Message
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
