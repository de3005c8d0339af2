package duckdb

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var queryCount = flag.Int("queries", 200, "how many random queries to compare with GoogleSQL's answers")

// Random queries of joins, arrays, stars, rows and groups give in DuckDB what they give in GoogleSQL. Many of their
// names mean several things: a table, an element, a column of FROM and one of the SELECT list. More of them:
// go test ./scripts/modelc/duckdb -run RandomQueries -queries 2000 -seed 7
func TestRandomQueriesReturnTheSame(t *testing.T) {
	rewrite, conn := testRewriter(t), open(t)
	random := rand.New(rand.NewSource(*seed))
	var queries []query
	var texts []string
	for tries := 0; len(queries) < *queryCount; tries++ {
		if tries > 100*(*queryCount) {
			t.Fatalf("only %d of %d queries are valid and rewritten", len(queries), tries)
		}
		q := (&randomQuery{Rand: random}).text()
		text, err := rewrite(randomTables + q)
		if err != nil { // not valid in GoogleSQL, or refused
			if _, refused := errors.AsType[*Refusal](err); !refused && !strings.HasPrefix(err.Error(), "rewrite for DuckDB: ") {
				t.Fatal(err)
			}
			continue
		}
		queries, texts = append(queries, query{name: q, sql: randomTables + q}), append(texts, text)
		if len(queries)%100 == 0 {
			runtime.GC() // the analyzer's memory is freed by finalizers
		}
	}
	answer(t, queries)
	for i, q := range queries {
		got, err := run(t, conn, texts[i], false)
		failed := strings.HasPrefix(q.answer, errorAnswer)
		if err != nil && !failed || err == nil && rowsOf(got) != rowsOf(q.answer) {
			t.Errorf("%s\n%s\nGoogleSQL:\n%s\nDuckDB:\n%s", q.name, texts[i], q.answer, cmp.Or(got, fmt.Sprint(err)))
		}
	}
}

// rowsOf returns an answer without its columns, of which those without an alias may get another name.
func rowsOf(answer string) string {
	_, rows, _ := strings.Cut(answer, "\n")
	return rows
}

// randomTables are the tables of random queries, with NULLs, empty arrays, and keys that one side does not have.
const randomTables = "WITH a AS (SELECT 1 AS k, 10 AS x, ['a', 'b'] AS tags UNION ALL SELECT 2, 20, [] UNION ALL SELECT NULL, 5, NULL), " +
	"b AS (SELECT 1 AS k, 10 AS x, ['b'] AS tags UNION ALL SELECT 3, 20, ['c', 'd'] UNION ALL SELECT 2, NULL, []), " +
	"c AS (SELECT 'q' AS y, 2 AS k, ['z'] AS tags, 20 AS x UNION ALL SELECT 'r', 3, [], 11) "

// randomQuery is a query whose FROM is being written.
type randomQuery struct {
	*rand.Rand
	names []string // of the tables and elements in FROM
}

// pick returns one of some texts, in which {t} stands for one of the names.
func (q *randomQuery) pick(list ...string) string {
	text := list[q.Intn(len(list))]
	for strings.Contains(text, "{t}") {
		text = strings.Replace(text, "{t}", q.names[q.Intn(len(q.names))], 1)
	}
	return text
}

func (q *randomQuery) table() string {
	table := q.pick("a", "b", "c")
	name := q.pick(table, table, "k", "x", "y", "tags", "t", "u")
	for slices.Contains(q.names, name) {
		name += "1"
	}
	q.names = append(q.names, name)
	return q.pick(table, table, table, "(SELECT * FROM "+table+")", "(SELECT * EXCEPT (tags) FROM "+table+")",
		"(SELECT k, tags, x AS "+name+" FROM "+table+")", "(SELECT * FROM a FULL JOIN b USING (k, x, tags))") + " AS " + name
}

func (q *randomQuery) array() string {
	path := q.pick("{t}.tags", "{t}.tags", "UNNEST({t}.tags)", "UNNEST(tags)", "UNNEST(['p', 'q'])")
	name := q.pick("tags", "tag", "e", "x", "k")
	q.names = append(q.names, name)
	if name != "tags" || !strings.HasSuffix(path, ".tags") {
		path += " AS " + name
	}
	return path + q.pick("", "", "", " WITH OFFSET AS o", " WITH OFFSET AS k", " WITH OFFSET")
}

func (q *randomQuery) from() string {
	from := q.table()
	for range q.Intn(3) {
		switch q.Intn(6) {
		case 0, 1:
			from += q.pick(", ", " CROSS JOIN ", " LEFT JOIN ") + q.array()
		case 2:
			from += ", " + q.table()
		case 3:
			from += q.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ") + q.table()
			from += " ON {t}.k = " + q.names[len(q.names)-1] + ".k"
			from = q.pick(from)
		default:
			from += q.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ") + q.table()
			from += q.pick(" USING (k)", " USING (x, k)", " USING (K)")
		}
	}
	return from
}

func (q *randomQuery) expression() string {
	return q.pick("k", "x", "tags", "tag", "o", "offset", "{t}", "{t}", "{t}.k", "{t}.x", "{t}.tags", "TO_JSON_STRING({t})", "UPPER({t})",
		"({t} IS NULL)", "(SELECT COUNT(*) FROM {t}.tags AS z WHERE z > 'a')", "EXISTS (SELECT 1 FROM a AS z WHERE z.k = {t}.k)",
		"(SELECT MAX(x) FROM b WHERE b.k = {t}.k)", "ARRAY(SELECT z FROM UNNEST({t}.tags) AS z ORDER BY z)", "IF({t}.k > 1, {t}, NULL).x")
}

func (q *randomQuery) text() string {
	from := q.from()
	where := q.pick("", "", "", " WHERE "+q.expression()+" IS NOT NULL", " WHERE {t}.k = {t}.x / 10")
	var list []string
	switch q.Intn(4) {
	case 0:
		list = append(list, q.pick("*", "*, {t}.k AS kk", "* EXCEPT (k)", "* EXCEPT (x)", "* REPLACE (7 AS x)", "* EXCEPT (tags)"))
	case 1:
		list = append(list, q.pick("{t}.*", "{t}.*, {t}.*", "{t}.* EXCEPT (k)", "{t}.* REPLACE ({t}.x AS k)"))
	case 2:
		by := q.pick("k", "x", "tag", "tags", "{t}", "{t}.x")
		name := q.pick(by, by, "g", "x", "k", "{t}")
		return q.pick("SELECT " + by + " AS " + name + ", COUNT({t}) AS n, MAX({t}.k) AS m FROM " + from + where + " GROUP BY " + name)
	default:
		for range 1 + q.Intn(3) {
			list = append(list, q.expression()+q.pick("", "", " AS k", " AS x", " AS tags", " AS {t}"))
		}
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + from + where
}
