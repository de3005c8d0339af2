package sourcetest

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// OpenDuckDB opens a real warehouse in a file that exists until the test ends. Its load jobs read objects with
// client. It does not work in a bubble of testing/synctest.
func OpenDuckDB(tb testing.TB, client *storage.Client) warehouse.Driver {
	tb.Helper()
	db, err := duckdb.Open(tb.Context(), duckdb.Options{
		Path: filepath.Join(tb.TempDir(), "warehouse.duckdb"),
		Open: func(ctx context.Context, uri string) (io.ReadCloser, error) {
			bucket, object, _ := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
			return client.Bucket(bucket).Object(object).NewReader(ctx)
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// RunIntoDuckDB does what Run does, with a real warehouse.
func RunIntoDuckDB(tb testing.TB, s *source.Source, now time.Time) *Rig {
	tb.Helper()
	r := Run(tb, s, now)
	r.Deps.Warehouse = OpenDuckDB(tb, r.Client)
	r.ServeSource(tb, s)
	return r
}

// Query runs a statement in the rig's warehouse and returns the one row of its result.
func (r *Rig) Query(tb testing.TB, sql string) map[string]any {
	tb.Helper()
	if _, err := warehouse.Run(tb.Context(), r.Deps.Warehouse,
		warehouse.Job{ID: "query", Query: &warehouse.Query{SQL: sql}}); err != nil {
		tb.Fatal(err)
	}
	rows, err := r.Deps.Warehouse.Rows(tb.Context(), "query", 2)
	if err != nil {
		tb.Fatal(err)
	}
	if len(rows) != 1 {
		tb.Fatalf("%d rows, want one", len(rows))
	}
	return rows[0]
}
