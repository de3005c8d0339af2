package warehousetest

import (
	"database/sql"
	"fmt"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // registers "duckdb"
)

// OpenMemory returns an empty DuckDB in memory with the given settings. It is closed when the test ends.
func OpenMemory(t testing.TB, settings map[string]string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1) // settings belong to a connection
	for name, value := range settings {
		if _, err := db.Exec(fmt.Sprintf("SET %s = '%s'", name, value)); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// Values returns all rows of a result, each with its values in the order of the columns. It does not close the
// result.
func Values(result *sql.Rows) (rows [][]any, err error) {
	columns, err := result.Columns()
	if err != nil {
		return nil, err
	}
	for result.Next() {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := result.Scan(targets...); err != nil {
			return nil, err
		}
		rows = append(rows, values)
	}
	return rows, result.Err()
}
