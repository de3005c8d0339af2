package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/schema"
)

// open returns a connection to a DuckDB in memory with the settings that rewritten statements need.
func open(t testing.TB) *sql.Conn {
	t.Helper()
	connector, err := duckdb.NewConnector(":memory:?autoinstall_known_extensions=false&autoload_known_extensions=false", nil)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for name, value := range Settings {
		if _, err := conn.ExecContext(context.Background(), fmt.Sprintf("SET %s = %s", name, quote(value))); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// testRewriter returns Rewrite with the tables of the tests: raw.stories and mart.days.
func testRewriter(t testing.TB) func(string) (string, error) {
	t.Helper()
	catalog, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, columns := range testTables {
		if err := catalog.Add(googlesql.Table{Name: name, Schema: columns}); err != nil {
			t.Fatal(err)
		}
	}
	catalog.AddParameter("whole", schema.Int64)
	catalog.AddParameter("text", schema.String)
	return func(statement string) (string, error) { return Rewrite(catalog, statement) }
}

var testTables = map[string]schema.Schema{
	"raw.stories": {
		{Name: "day", Type: schema.Date}, {Name: "post_id", Type: schema.String}, {Name: "views", Type: schema.Int64},
		{Name: "earnings", Type: schema.Numeric}, {Name: "ratio", Type: schema.Float64}, {Name: "boosted", Type: schema.Bool},
		{Name: "published_at", Type: schema.Timestamp}, {Name: "fields", Type: schema.JSON},
		{Name: "tags", Type: schema.String, Mode: schema.Repeated},
	},
	"mart.days": {
		{Name: "day", Type: schema.Date}, {Name: "post_id", Type: schema.String}, {Name: "views", Type: schema.Int64},
	},
}

// run returns a query's result in the form of the golden files: a line of columns, then a line for each row,
// sorted unless the query is about the order. Any error of the query is "error".
func run(t testing.TB, conn *sql.Conn, query string, ordered bool) string {
	t.Helper()
	rows, err := conn.QueryContext(context.Background(), query)
	if err != nil {
		t.Log(err)
		return "error\n"
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		t.Fatal(err)
	}
	var head, lines []string
	for _, c := range columns {
		head = append(head, strings.TrimSpace(c.Name()+" "+googleType(c.DatabaseTypeName())))
	}
	for rows.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(v, googleType(columns[i].DatabaseTypeName()))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	if err := rows.Err(); err != nil {
		t.Log(err)
		return "error\n"
	}
	if !ordered {
		sort.Strings(lines)
	}
	return strings.Join(append([]string{strings.Join(head, " | ")}, lines...), "\n") + "\n"
}

// googleType returns the GoogleSQL type of a DuckDB type.
func googleType(duck string) string {
	if element, ok := strings.CutSuffix(duck, "[]"); ok {
		return "ARRAY<" + googleType(element) + ">"
	}
	for google, d := range scalars {
		if strings.ReplaceAll(d, " ", "") == duck {
			return google
		}
	}
	return duck
}

func cell(v any, t string) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case string:
		var b strings.Builder
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			panic(err)
		}
		return strings.TrimSuffix(b.String(), "\n")
	case []byte:
		return fmt.Sprintf("x'%x'", v)
	case float64:
		return float(v)
	case duckdb.Decimal:
		return decimal(v)
	case time.Time:
		if t == "DATE" {
			return v.UTC().Format(time.DateOnly)
		}
		return v.UTC().Format("2006-01-02T15:04:05.999999Z")
	case []any:
		element, _ := elementOf(t)
		cells := make([]string, len(v))
		for i, e := range v {
			cells[i] = cell(e, element)
		}
		return "[" + strings.Join(cells, ", ") + "]"
	}
	return fmt.Sprint(v)
}

// float writes the fewest digits that give the same number back, with an exponent for very large and very
// small numbers.
func float(v float64) string {
	text := strconv.FormatFloat(v, 'e', -1, 64)
	_, exponent, _ := strings.Cut(text, "e")
	if e, err := strconv.Atoi(exponent); err == nil && -5 < e && e < 16 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return text
}

func decimal(v duckdb.Decimal) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Scale)), nil)
	text := new(big.Rat).SetFrac(v.Value, scale).FloatString(int(v.Scale))
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
