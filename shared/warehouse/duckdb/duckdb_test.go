package duckdb_test

import (
	"path/filepath"
	"testing"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// open opens the warehouse at path, or creates it.
func open(t testing.TB, path string, b *warehousetest.Bucket) *duckdb.Driver {
	t.Helper()
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: path, Open: b.Open})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestConformance(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T, objects *warehousetest.Bucket) warehouse.Driver {
		return open(t, filepath.Join(t.TempDir(), "warehouse.duckdb"), objects)
	})
}
