//go:build !cgo

package local

import (
	"context"
	"errors"
	"io"
	"time"
)

// openWarehouse fails: DuckDB needs cgo.
func openWarehouse(context.Context, string, func() time.Time,
	func(ctx context.Context, uri string) (io.ReadCloser, error)) (Warehouse, error) {
	return nil, errors.New("this program was built without cgo, so it has no DuckDB, which a data folder needs; " +
		"fix: install a C++ compiler and build with CGO_ENABLED=1, or name a project with --project")
}
