package algebra_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// query is a query of a small grammar.
type query struct {
	Join    string   // "", JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN
	On      []string // conditions beside the equality of items
	Where   []string
	Columns []string // expressions; the names are their places in the pool
	Keys    []string // of a GROUP BY; the columns are aggregates then
	Having  []string
	Outer   []string // conditions on the columns, in a query around it
	Twice   bool     // UNION ALL with itself
}

// In the pools, s. and i. stand for the aliases of raw.sales and raw.items.
var (
	plain      = []string{"s.id", "s.item", "s.n", "s.n + 1", "i.kind", "COALESCE(i.kind, 'none')", "SUM(s.n) OVER (PARTITION BY s.item)", "s.day"}
	aggregates = []string{"SUM(s.n)", "COUNT(*)", "COUNT(DISTINCT s.id)", "MAX(i.kind)", "COUNTIF(s.n > 1)"}
	keys       = []string{"s.item", "i.kind", "s.n"}
	conditions = []string{
		"s.n > 1", "s.n > 2", "s.n >= 2", "s.item = 'a'", "s.item IN ('a', 'b')", "i.kind = 'x'", "i.kind IS NULL", "s.n IS NOT NULL",
		"s.n BETWEEN 1 AND 3", "s.n != 2", "s.id = s.item", "s.day > '2026-01-01'", "(s.n = 1 OR s.item = 'b')", "NOT s.n = 3",
		"s.item IN (SELECT x.item FROM raw.items AS x WHERE x.kind = 'x')",
	}
	joined = []string{"i.kind = 'x'", "s.n > 1", "i.kind = s.id", "TRUE"}
)

func some(t *rapid.T, label string, pool []string, least, most int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(pool), least, most, rapid.ID[string]).Draw(t, label)
}

func draw(t *rapid.T) query {
	q := query{
		Join:  rapid.SampledFrom([]string{"", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}).Draw(t, "join"),
		Where: some(t, "where", conditions, 0, 2), Twice: rapid.IntRange(0, 9).Draw(t, "twice") == 0,
	}
	if q.Join != "" {
		q.On = some(t, "on", joined, 0, 1)
	}
	if rapid.Bool().Draw(t, "group") {
		q.Keys = some(t, "keys", keys, 1, 2)
		q.Columns = some(t, "aggregates", aggregates, 0, 2)
		q.Having = some(t, "having", []string{"COUNT(*) > 1", "s.item = 'a'", "s.item > 'a'"}, 0, 1)
		q.Having = slices.DeleteFunc(q.Having, func(h string) bool { return strings.Contains(h, "s.item") && !slices.Contains(q.Keys, "s.item") })
	} else {
		q.Columns = some(t, "columns", plain, 1, 3)
	}
	q.Outer = some(t, "outer", []string{"s_item = 'a'", "s_n > 1", "i_kind IS NOT NULL"}, 0, 1)
	q.Outer = slices.DeleteFunc(q.Outer, func(o string) bool {
		name, _, _ := strings.Cut(o, " ")
		return !slices.ContainsFunc(append(slices.Clone(q.Keys), q.Columns...), func(c string) bool { return nameOf(c) == name })
	})
	return q.clean()
}

// clean removes what needs the join from a query without one.
func (q query) clean() query {
	if q.Join == "" {
		needs := func(text string) bool { return strings.Contains(text, "i.") }
		q.Where = slices.DeleteFunc(slices.Clone(q.Where), needs)
		grouped := len(q.Keys) > 0
		if q.Keys = slices.DeleteFunc(slices.Clone(q.Keys), needs); grouped && len(q.Keys) == 0 {
			q.Keys = []string{"s.item"}
		}
		q.Columns = slices.DeleteFunc(slices.Clone(q.Columns), needs)
		q.Outer = slices.DeleteFunc(slices.Clone(q.Outer), func(o string) bool { return strings.Contains(o, "i_kind") })
		if len(q.Columns)+len(q.Keys) == 0 {
			q.Columns = []string{"s.id"}
			q.Outer = nil
		}
	}
	return q
}

// change returns another query, usually close to the first.
func (q query) change(t *rapid.T) query {
	switch rapid.IntRange(0, 7).Draw(t, "change") {
	case 0:
		return draw(t)
	case 1:
		q.Where = append(slices.Clone(q.Where), rapid.SampledFrom(conditions).Draw(t, "more"))
	case 2:
		q.Where = q.Where[:len(q.Where)/2]
	case 3:
		if len(q.Keys) == 0 {
			q.Columns = append(slices.Clone(q.Columns), rapid.SampledFrom(plain).Draw(t, "column"))
			slices.Sort(q.Columns)
			q.Columns = slices.Compact(q.Columns)
		}
	case 4:
		if len(q.Keys) > 0 {
			q.Columns = some(t, "aggregates", aggregates, 0, 3)
		}
	case 5:
		if q.Join != "" {
			q.On = some(t, "on", joined, 0, 2)
		}
	case 6:
		if q.Join != "" {
			q.Join = rapid.SampledFrom([]string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}).Draw(t, "join")
		}
	case 7:
		q.Twice = !q.Twice
	}
	return q.clean()
}

var letters = strings.NewReplacer(".", "_", "(", "_", ")", "_", " ", "_", "*", "all", "+", "plus", "'", "", ",", "", ">", "over")

func nameOf(expr string) string { return strings.ToLower(letters.Replace(expr)) }

// text writes the query in one of many ways that mean the same.
func (q query) text(t *rapid.T) string {
	coin := func(label string) bool { return rapid.Bool().Draw(t, label) }
	shuffled := func(list []string) []string { return rapid.Permutation(list).Draw(t, "order") }
	s, i := rapid.SampledFrom([]string{"s", "a", "sales"}).Draw(t, "s"), rapid.SampledFrom([]string{"i", "b", "items"}).Draw(t, "i")
	in := func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, "s.", s+"."), "i.", i+".")
	}
	var columns []string
	for _, c := range append(slices.Clone(q.Keys), q.Columns...) {
		columns = append(columns, in(c)+" AS "+nameOf(c))
	}
	sales, items := "raw.sales AS "+s, "`raw.items` "+i
	where := q.Where
	from := sales
	if q.Join != "" {
		on := shuffled(append([]string{"i.item = s.item"}, q.On...))
		if coin("turn") {
			on[0], on[len(on)-1] = on[len(on)-1], on[0]
		}
		from = fmt.Sprintf("%s %s %s ON %s", sales, q.Join, items, strings.Join(on, " AND "))
		turned := map[string]string{"JOIN": "INNER JOIN", "LEFT JOIN": "RIGHT OUTER JOIN", "RIGHT JOIN": "LEFT JOIN"}[q.Join]
		if turned != "" && coin("turned") {
			from = fmt.Sprintf("%s %s %s ON %s", items, turned, sales, strings.Join(on, " AND "))
		}
		if q.Join == "JOIN" && coin("comma") {
			from, where = items+", "+sales, append(slices.Clone(on), where...)
		}
	}
	text := "SELECT " + strings.Join(shuffled(columns), ", ") + "\nFROM " + in(from)
	if where = shuffled(where); len(where) > 0 {
		text += "\nWHERE " + in(strings.Join(where, " AND "))
	}
	if len(q.Keys) > 0 {
		text += " GROUP BY " + in(strings.Join(shuffled(q.Keys), ", "))
	}
	if len(q.Having) > 0 {
		text += " HAVING " + in(strings.Join(q.Having, " AND "))
	}
	if len(q.Outer) > 0 || coin("around") {
		if coin("with") {
			text = "WITH w AS (" + text + ") SELECT * FROM w"
		} else {
			text = "SELECT u.* FROM (" + text + ") u -- around"
		}
		if len(q.Outer) > 0 {
			text += "\nWHERE " + strings.Join(q.Outer, " AND ")
		}
	}
	if q.Twice {
		names := make([]string, len(columns))
		for k, c := range columns {
			_, names[k], _ = strings.Cut(c, " AS ")
			names[k] = c[strings.LastIndex(c, " ")+1:]
		}
		text = fmt.Sprintf("SELECT %s FROM (%s\n) UNION ALL SELECT %[1]s FROM (%[2]s\n)", strings.Join(names, ", "), text)
	}
	return text
}

func TestSpellingsOfAQueryAreTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := draw(t)
		a, b := q.text(t), q.text(t)
		if got := algebra.Compare(relation(t, a), relation(t, b)); got.Verdict != algebra.Same {
			t.Fatalf("%s, of\n%s\nand\n%s\n%s\n%s", got.Verdict, a, b, key(relation(t, a)), key(relation(t, b)))
		}
	})
}

func TestSameIsSymmetricAndVerdictsIgnoreSpelling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		q := p.change(t)
		a, b := relation(t, p.text(t)), relation(t, q.text(t))
		there, back := algebra.Compare(a, b), algebra.Compare(b, a)
		if (there.Verdict == algebra.Same) != (back.Verdict == algebra.Same) {
			t.Fatalf("%s and %s, of\n%+v\nand\n%+v", there.Verdict, back.Verdict, p, q)
		}
		if again := algebra.Compare(relation(t, p.text(t)), relation(t, q.text(t))); again.Verdict != there.Verdict {
			t.Fatalf("%s, and written otherwise %s, of\n%+v\nand\n%+v", there.Verdict, again.Verdict, p, q)
		}
	})
}

// Queries that are the same or contained are so in DuckDB, over any rows.
func TestVerdictsHoldForRows(t *testing.T) {
	db := open(t)
	proved := map[algebra.Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t)
		q := p.change(t)
		a, b := p.text(t), q.text(t)
		got := algebra.Compare(relation(t, a), relation(t, b))
		if got.Verdict != algebra.Same && got.Verdict != algebra.Contained {
			return
		}
		proved[got.Verdict]++
		db.fill(t)
		// Selecting the matching columns and conditions from the outer query gives the inner one.
		names := relation(t, a).Columns
		var columns []string
		for k, c := range got.Columns {
			columns = append(columns, c+" AS "+names[k].Name)
		}
		if len(got.Missing) == 0 {
			of := fmt.Sprintf("SELECT %s FROM (%s\n)", strings.Join(columns, ", "), b)
			if len(got.Where) > 0 {
				of += " WHERE " + strings.Join(got.Where, " AND ")
			}
			if mine, theirs := db.rows(t, a), db.rows(t, of); !slices.Equal(mine, theirs) {
				t.Fatalf("%s, but the rows are\n%v\nand\n%v, of\n%s\nand\n%s", got.Verdict, mine, theirs, a, of)
			}
			return
		}
		all := db.rows(t, fmt.Sprintf("SELECT %s FROM (%s\n)", strings.Join(columns, ", "), b))
		for _, row := range db.rows(t, a) {
			at := slices.Index(all, row)
			if at < 0 {
				t.Fatalf("contained, but %s is not among %v, of\n%s\nand\n%s", row, all, a, b)
			}
			all = slices.Delete(all, at, at+1)
		}
	})
	if proved[algebra.Same] == 0 || proved[algebra.Contained] == 0 {
		t.Errorf("proved: %v", proved)
	}
}

// shopDB is a DuckDB with the shop's tables.
type shopDB struct {
	*sql.DB
	catalog *googlesql.Catalog
}

func open(t *testing.T) *shopDB {
	t.Helper()
	db := warehousetest.OpenMemory(t, duckdb.Settings)
	_, err := db.Exec(`CREATE SCHEMA raw;
		CREATE TABLE raw.sales (day DATE, id VARCHAR, item VARCHAR, n BIGINT, price DOUBLE, tags VARCHAR[]);
		CREATE TABLE raw.items (day DATE, item VARCHAR, kind VARCHAR)`)
	if err != nil {
		t.Fatal(err)
	}
	return &shopDB{db, shopCatalog()}
}

// fill inserts some rows.
func (db *shopDB) fill(t *rapid.T) {
	text := rapid.SampledFrom([]string{"'a'", "'b'", "'x'", "NULL"})
	number := rapid.SampledFrom([]string{"1", "2", "3", "4", "NULL"})
	day := rapid.SampledFrom([]string{"'2026-01-01'", "'2026-01-02'", "NULL"})
	statement := "DELETE FROM raw.sales; DELETE FROM raw.items"
	for range rapid.IntRange(0, 7).Draw(t, "sales") {
		statement += fmt.Sprintf("; INSERT INTO raw.sales VALUES (%s, %s, %s, %s, NULL, NULL)",
			day.Draw(t, "day"), text.Draw(t, "id"), text.Draw(t, "item"), number.Draw(t, "n"))
	}
	for range rapid.IntRange(0, 4).Draw(t, "items") {
		statement += fmt.Sprintf("; INSERT INTO raw.items VALUES (%s, %s, %s)",
			day.Draw(t, "day"), text.Draw(t, "item"), text.Draw(t, "kind"))
	}
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

// rows returns the rows of a query, each as text with its columns by name, sorted.
func (db *shopDB) rows(t *rapid.T, query string) []string {
	t.Helper()
	text, err := duckdb.Rewrite(db.catalog, query)
	if err != nil {
		t.Fatalf("%v, of\n%s", err, query)
	}
	rows, err := db.try(text)
	if err != nil {
		t.Fatalf("%v, of\n%s", err, text)
	}
	return rows
}

// try returns the rows of a query in DuckDB's dialect.
func (db *shopDB) try(text string) ([]string, error) {
	result, err := db.Query(text)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	names, err := result.Columns()
	if err != nil {
		return nil, err
	}
	all, err := warehousetest.Values(result)
	if err != nil {
		return nil, err
	}
	rows := []string{}
	for _, values := range all {
		cells := make([]string, len(names))
		for i, name := range names {
			cells[i] = fmt.Sprintf("%s=%T %[2]v", name, values[i])
		}
		slices.Sort(cells)
		rows = append(rows, strings.Join(cells, " "))
	}
	slices.Sort(rows)
	return rows, nil
}
