//go:build cgo

package local

import (
	"context"
	"io"
	"time"

	"example.com/rollcall/shared/warehouse/duckdb"
)

// openWarehouse opens the DuckDB file at path.
func openWarehouse(ctx context.Context, path string, now func() time.Time, read func(ctx context.Context,
	uri string) (io.ReadCloser, error)) (Warehouse, error) {
	return duckdb.Open(ctx, duckdb.Options{Path: path, Now: now, Open: read})
}
