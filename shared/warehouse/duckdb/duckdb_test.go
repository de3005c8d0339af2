package duckdb_test

import (
	"path/filepath"
	"testing"

	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// open is a new warehouse in a folder of its own, or the one that stands at path.
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
	warehousetest.Run(t, func(t *testing.T) warehousetest.Harness {
		b := &warehousetest.Bucket{}
		return warehousetest.Harness{
			Driver: open(t, filepath.Join(t.TempDir(), "warehouse.duckdb"), b),
			Put:    func(_ *testing.T, name string, data []byte) string { return b.Put(name, data) },
		}
	})
}
