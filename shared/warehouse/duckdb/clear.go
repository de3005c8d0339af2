package duckdb

import (
	"context"
	"database/sql"
	"fmt"
)

// Clear drops every table of a dataset. Of staged tables, BigQuery takes care by letting them expire; in a file they would
// stay for good.
func (d *Driver) Clear(ctx context.Context, dataset string) error {
	return d.write(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+quote(dataset)+" CASCADE"); err != nil {
			return fmt.Errorf("clear dataset %s: %w", dataset, err)
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM rollcall.tables WHERE starts_with(name, $prefix)", sql.Named("prefix", dataset+"."))
		return err
	})
}
