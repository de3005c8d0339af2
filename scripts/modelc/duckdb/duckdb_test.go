package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

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

// testRewriter returns Rewrite with the tables of the tests.
func testRewriter(t testing.TB) func(string) (string, error) {
	catalog := testCatalog(t)
	return func(statement string) (string, error) { return Rewrite(catalog, statement) }
}

// testCatalog returns a catalog with the tables of the tests: raw.stories and mart.days.
func testCatalog(t testing.TB) *googlesql.Catalog {
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
	return catalog
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
