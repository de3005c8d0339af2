package bigquery

import (
	"context"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/warehouse"
)

// Change calls changeTable for an existing table where no change is needed, or none is possible.
func Change(ctx context.Context, have *bigquery.TableMetadata, def warehouse.Definition) error {
	if have.Schema == nil {
		have.Schema = columns(def.Schema)
	}
	return (&Driver{}).changeTable(ctx, have, def)
}

// Failure translates BigQuery's reason and message.
var Failure = failure
