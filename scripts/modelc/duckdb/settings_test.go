package duckdb

import (
	"database/sql"
	"slices"
	"testing"

	warehouse "example.com/rollcall/shared/warehouse/duckdb"
)

// The warehouse's driver, which runs the statements, cannot import this package and has its own list of
// settings.
func TestTheWarehouseHasTheSettings(t *testing.T) {
	for name, want := range Settings {
		if got := warehouse.Settings[name]; got != want {
			t.Errorf("the driver sets %s to %q, the rewritten statements need %q", name, got, want)
		}
	}
}

// A reserved word that this package does not know would be a syntax error in some model.
func TestReservedWordsAreDuckDBs(t *testing.T) {
	rows, err := open(t).QueryContext(t.Context(), "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category != 'unreserved'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	words := scanAll(t, rows)
	for _, word := range words {
		if !slices.Contains(reserved, word) {
			t.Errorf("DuckDB reserves %s", word)
		}
	}
	for _, word := range reserved {
		if !slices.Contains(words, word) {
			t.Errorf("DuckDB does not reserve %s", word)
		}
	}
}

func scanAll(t *testing.T, rows *sql.Rows) []string {
	t.Helper()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}
