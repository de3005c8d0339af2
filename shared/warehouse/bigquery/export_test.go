package bigquery

import (
	"context"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/warehouse"
)

// Change is what becomes of a table that stands in such a form, where nothing has to be changed, or nothing can be.
func Change(ctx context.Context, have *bigquery.TableMetadata, def warehouse.Definition) error {
	if have.Schema == nil {
		have.Schema = columns(def.Schema)
	}
	return (&Driver{}).changeTable(ctx, have, def)
}

// Failure is a job's error by BigQuery's reason and message.
var Failure = failure
