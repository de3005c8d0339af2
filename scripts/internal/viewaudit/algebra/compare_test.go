package algebra_test

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

// shop lists the tables that the queries read.
var shop = []struct {
	Name    string
	Columns []googlesql.Column
}{
	{Name: "raw.sales", Columns: []googlesql.Column{
		{Name: "day", Type: "DATE"}, {Name: "id", Type: "STRING"}, {Name: "item", Type: "STRING"}, {Name: "n", Type: "INT64"},
		{Name: "price", Type: "FLOAT64"}, {Name: "tags", Type: "ARRAY<STRING>"},
	}},
	{Name: "raw.items", Columns: []googlesql.Column{
		{Name: "day", Type: "DATE"}, {Name: "item", Type: "STRING"}, {Name: "kind", Type: "STRING"},
	}},
}

// shopCatalog has the shop's tables. All tests share it.
var shopCatalog = sync.OnceValue(func() *googlesql.Catalog {
	cat, err := googlesql.New()
	if err != nil {
		panic(err)
	}
	for _, table := range shop {
		if err := errors.Join(cat.AddColumns(table.Name, table.Columns), cat.Alias(table.Name, table.Name)); err != nil {
			panic(err)
		}
	}
	return cat
})

var analyzed int

// relation returns the relation of a query, nil when it cannot be compared.
func relation(t interface {
	Helper()
	Fatalf(string, ...any)
}, sql string) (r *algebra.Relation) {
	t.Helper()
	if analyzed++; analyzed%50 == 0 {
		runtime.GC() // GoogleSQL's memory is only freed by finalizers
	}
	err := shopCatalog().Analyze(sql, func(statement goccy.ResolvedStatementNode) (err error) {
		table := func(string) (*algebra.Relation, bool) { return nil, true }
		r, err = algebra.Build("v", statement.(*goccy.ResolvedQueryStmt), algebra.Inputs{Relation: table})
		if _, ok := algebra.IsUnsupported(err); ok {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, sql)
	}
	return r
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		inner, outer string
		want         algebra.Verdict
	}{
		"layout, comments and aliases": {
			"SELECT id, n AS pieces FROM raw.sales WHERE n > 1 AND item = 'a'",
			"select s.id, /* n */ s.n as pieces from `raw.sales` s where (s.item = 'a') and 1 < s.n -- end",
			algebra.Same,
		},
		"order of columns": {"SELECT id, n FROM raw.sales", "SELECT n, id FROM raw.sales", algebra.Same},
		"WITH, a subquery, and neither": {
			"WITH a AS (SELECT id, n + 1 AS m FROM raw.sales WHERE n > 1) SELECT id, m FROM a WHERE m < 9",
			"SELECT id, m FROM (SELECT *, n + 1 AS m FROM raw.sales) WHERE n > 1 AND 1 + n < 9",
			algebra.Same,
		},
		"order of inner joins, ON and WHERE, USING": {
			"SELECT s.id, i.kind FROM raw.sales AS s JOIN raw.items AS i ON s.item = i.item AND i.kind = 'x'",
			"SELECT id, kind FROM raw.items JOIN raw.sales USING (item) WHERE kind = 'x'",
			algebra.Same,
		},
		"a comma and CROSS JOIN": {
			"SELECT s.id, i.kind FROM raw.sales AS s, raw.items AS i WHERE s.item = i.item",
			"SELECT s.id, i.kind FROM raw.items AS i CROSS JOIN raw.sales AS s WHERE i.item = s.item",
			algebra.Same,
		},
		"order of left joins": {
			"SELECT s.id, a.kind, b.kind AS k FROM raw.sales AS s LEFT JOIN raw.items AS a ON a.item = s.item LEFT JOIN raw.items AS b ON b.item = s.id",
			"SELECT s.id, y.kind, x.kind AS k FROM raw.sales AS s LEFT JOIN raw.items AS x ON x.item = s.id LEFT JOIN raw.items AS y ON y.item = s.item",
			algebra.Same,
		},
		"a filter of the right side, in ON and in a subquery": {
			"SELECT s.id, i.kind FROM raw.sales AS s LEFT JOIN raw.items AS i ON i.item = s.item AND i.kind = 'x'",
			"SELECT s.id, i.kind FROM raw.sales AS s LEFT JOIN (SELECT * FROM raw.items WHERE kind = 'x') AS i ON i.item = s.item",
			algebra.Same,
		},
		"right and left": {
			"SELECT s.id, i.kind FROM raw.sales AS s LEFT JOIN raw.items AS i ON i.item = s.item",
			"SELECT s.id, i.kind FROM raw.items AS i RIGHT JOIN raw.sales AS s ON i.item = s.item",
			algebra.Same,
		},
		"BETWEEN and two comparisons": {
			"SELECT id FROM raw.sales WHERE n BETWEEN 1 AND 3", "SELECT id FROM raw.sales WHERE n >= 1 AND 3 >= n", algebra.Same,
		},
		"a filter of keys, before and after grouping": {
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE item = 'a' GROUP BY item",
			"SELECT item, SUM(n) AS n FROM raw.sales GROUP BY 1 HAVING item = 'a'",
			algebra.Same,
		},
		"DISTINCT and GROUP BY": {"SELECT DISTINCT item FROM raw.sales", "SELECT item FROM raw.sales GROUP BY item", algebra.Same},
		"UNION ALL in another order": {
			"SELECT id FROM raw.sales UNION ALL SELECT kind FROM raw.items",
			"SELECT kind AS id FROM raw.items UNION ALL SELECT id FROM raw.sales",
			algebra.Same,
		},
		"UNION DISTINCT and a group": {
			"SELECT id FROM raw.sales UNION DISTINCT SELECT kind FROM raw.items",
			"SELECT id FROM (SELECT kind AS id FROM raw.items UNION ALL SELECT id FROM raw.sales) GROUP BY id",
			algebra.Same,
		},
		"a self join, either way round": {
			"SELECT a.id, b.n FROM raw.sales AS a JOIN raw.sales AS b ON a.id = b.item",
			"SELECT y.id, x.n FROM raw.sales AS x JOIN raw.sales AS y ON y.id = x.item",
			algebra.Same,
		},
		"windows": {
			"SELECT id, SUM(n) OVER (PARTITION BY item ORDER BY day) AS c FROM raw.sales",
			"SELECT s.id, SUM(s.n) OVER w AS c FROM raw.sales AS s WINDOW w AS (PARTITION BY item ORDER BY day)",
			algebra.Same,
		},
		"arrays": {
			"SELECT id, tag FROM raw.sales, UNNEST(tags) AS tag",
			"SELECT s.id, t AS tag FROM raw.sales AS s CROSS JOIN s.tags AS t",
			algebra.Same,
		},
		"fewer columns": {"SELECT id FROM raw.sales", "SELECT id, n FROM raw.sales", algebra.Contained},
		"other names":   {"SELECT id AS key, n FROM raw.sales", "SELECT id, n FROM raw.sales", algebra.Contained},
		"a filter more": {"SELECT id FROM raw.sales WHERE n = 1 AND item = 'a'", "SELECT id FROM raw.sales WHERE n = 1", algebra.Contained},
		"fewer aggregates": {
			"SELECT item, SUM(n) AS n FROM raw.sales GROUP BY item",
			"SELECT item, SUM(n) AS n, COUNT(*) AS c FROM raw.sales GROUP BY item",
			algebra.Contained,
		},
		"a filter of keys": {
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE item > 'b' GROUP BY item",
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE item > 'a' GROUP BY item",
			algebra.Contained,
		},
		"a later date": {"SELECT id FROM raw.sales WHERE day >= '2026-06-01'", "SELECT id FROM raw.sales WHERE day > '2026-01-01'", algebra.Contained},
		"fewer days back": {
			"SELECT id FROM raw.sales WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)",
			"SELECT id FROM raw.sales WHERE day >= DATE_SUB(CURRENT_DATE(), INTERVAL 30 DAY)",
			algebra.Contained,
		},
		"one of the values":   {"SELECT id FROM raw.sales WHERE item = 'a'", "SELECT id FROM raw.sales WHERE item IN ('a', 'b')", algebra.Contained},
		"some of the values":  {"SELECT id FROM raw.sales WHERE item IN ('c', 'a')", "SELECT id FROM raw.sales WHERE item IN ('a', 'b', 'c')", algebra.Contained},
		"known, as compared":  {"SELECT id FROM raw.sales WHERE n > 3", "SELECT id FROM raw.sales WHERE n IS NOT NULL", algebra.Contained},
		"one side of an OR":   {"SELECT id FROM raw.sales WHERE n > 3", "SELECT id FROM raw.sales WHERE n > 2 OR item = 'a'", algebra.Contained},
		"a column that isn't": {"SELECT id, price FROM raw.sales", "SELECT id, n FROM raw.sales", algebra.Similar},
		"a weaker filter":     {"SELECT id FROM raw.sales WHERE n > 1", "SELECT id FROM raw.sales WHERE n > 2", algebra.Similar},
		"a filter of what is summed": {
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE id > 'a' GROUP BY item", "SELECT item, SUM(n) AS n FROM raw.sales GROUP BY item",
			algebra.Similar,
		},
		"a filter of a window's rows": {
			"SELECT id, COUNT(*) OVER () AS c FROM raw.sales WHERE n > 1", "SELECT id, COUNT(*) OVER () AS c FROM raw.sales", algebra.Similar,
		},
		"inner and left": {
			"SELECT s.id, s.n, i.kind FROM raw.sales AS s JOIN raw.items AS i ON i.item = s.item",
			"SELECT s.id, s.n, i.kind FROM raw.sales AS s LEFT JOIN raw.items AS i ON i.item = s.item",
			algebra.Similar,
		},
		"a condition in ON and in WHERE": {
			"SELECT s.id, s.n, i.kind FROM raw.sales AS s LEFT JOIN raw.items AS i ON i.item = s.item AND s.n > 1",
			"SELECT s.id, s.n, i.kind FROM raw.sales AS s LEFT JOIN raw.items AS i ON i.item = s.item WHERE s.n > 1",
			algebra.Similar,
		},
		"UNION ALL and DISTINCT": {
			"SELECT id FROM raw.sales UNION ALL SELECT id FROM raw.sales", "SELECT id FROM raw.sales UNION DISTINCT SELECT id FROM raw.sales",
			algebra.Similar,
		},
		"COUNT of a column and of rows": {"SELECT COUNT(n) AS c FROM raw.sales", "SELECT COUNT(*) AS c FROM raw.sales", algebra.Different},
		"read once and twice": {
			"SELECT id FROM raw.sales", "SELECT a.id FROM raw.sales AS a CROSS JOIN raw.sales AS b", algebra.Similar,
		},
		"correlated to one of two": {
			"SELECT a.id, (SELECT MAX(i.kind) FROM raw.items AS i WHERE i.item = a.item) AS k FROM raw.sales AS a JOIN raw.sales AS b ON a.id < b.id",
			"SELECT a.id, (SELECT MAX(i.kind) FROM raw.items AS i WHERE i.item = b.item) AS k FROM raw.sales AS a JOIN raw.sales AS b ON a.id < b.id",
			algebra.Similar,
		},
		"chance":         {"SELECT id FROM raw.sales WHERE RAND() < 0.5", "SELECT id FROM raw.sales WHERE RAND() < 0.5", algebra.Different},
		"any rows":       {"SELECT id FROM raw.sales LIMIT 3", "SELECT id FROM raw.sales LIMIT 3", algebra.Different},
		"the first rows": {"SELECT id FROM raw.sales ORDER BY id LIMIT 3", "SELECT s.id FROM raw.sales AS s ORDER BY 1 LIMIT 3", algebra.Same},
		"the first rows of a WITH query in brackets": {
			"(WITH w AS (SELECT id FROM raw.sales) SELECT id FROM w ORDER BY id) LIMIT 3", "SELECT id FROM raw.sales ORDER BY id LIMIT 3",
			algebra.Same,
		},
		"other tables": {"SELECT item FROM raw.items", "SELECT item FROM raw.sales", algebra.Different},
		"a key of floating point": {
			"SELECT price FROM raw.sales WHERE CAST(price AS STRING) = '0' GROUP BY price",
			"SELECT price FROM raw.sales GROUP BY price HAVING CAST(price AS STRING) = '0'",
			algebra.Similar,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inner, outer := relation(t, c.inner), relation(t, c.outer)
			if got := algebra.Compare(inner, outer); got.Verdict != c.want {
				t.Errorf("%s, want %s: %v\n%v\n%v", got.Verdict, c.want, got.Differences, key(inner), key(outer))
			}
		})
	}
}

func key(r *algebra.Relation) string {
	if r == nil {
		return "not compared"
	}
	return algebra.Text(r)
}
