package duckdb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"

	"example.com/rollcall/shared/warehouse/duckdb"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

// bucket is objects in memory.
type bucket struct{ objects sync.Map }

func (b *bucket) put(name string, data []byte) string {
	uri := "gs://staging/" + name
	b.objects.Store(uri, data)
	return uri
}

func (b *bucket) open(_ context.Context, uri string) (io.ReadCloser, error) {
	data, ok := b.objects.Load(uri)
	if !ok {
		return nil, fmt.Errorf("object %s: %w", uri, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data.([]byte))), nil
}

// open is a new warehouse in a folder of its own, or the one that stands at path.
func open(t testing.TB, path string, b *bucket) *duckdb.Driver {
	t.Helper()
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: path, Open: b.open})
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
		b := &bucket{}
		return warehousetest.Harness{
			Driver: open(t, filepath.Join(t.TempDir(), "warehouse.duckdb"), b),
			Put:    func(_ *testing.T, name string, data []byte) string { return b.put(name, data) },
		}
	})
}
