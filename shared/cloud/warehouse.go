package cloud

import (
	"context"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// openWarehouse connects to BigQuery, where the datasets are.
func openWarehouse(ctx context.Context, c Config) (warehouse.Driver, error) {
	d, err := bigquery.Open(ctx, bigquery.Options{Project: c.Project, Location: c.Location})
	if err != nil {
		return nil, err
	}
	return d, nil
}
