package bigquery

import (
	"context"
	"errors"
	"fmt"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/warehouse"
)

// checkColumns compares the columns that a query gives with those of its destination's definition, by name and type.
func (d *Driver) checkColumns(ctx context.Context, id string, q warehouse.Query) error {
	stats, err := d.dryRun(ctx, id, q)
	if err != nil {
		return err
	}
	details, ok := stats.Details.(*bigquery.QueryStatistics)
	if !ok || details.Schema == nil {
		return nil
	}
	given := warehouse.Definition{Table: q.Destination.Table, Schema: fields(details.Schema)}
	want := warehouse.Definition{Table: q.Destination.Table, Schema: nullable(q.Destination.Schema)}
	if added, err := warehouse.Additions(given, want); err != nil || len(added) > 0 {
		if err == nil {
			err = fmt.Errorf("column %s is in the definition of %s and not in the query's result", added[0].Name, q.Destination.Table)
		}
		return &warehouse.JobError{ID: id, Reason: "invalid", Message: err.Error()}
	}
	return nil
}

// Estimate keeps the promise of warehouse.Estimator, by a dry run, which is free of charge.
// https://cloud.google.com/bigquery/docs/best-practices-costs#estimate-query-costs
func (d *Driver) Estimate(ctx context.Context, q warehouse.Query) (int64, error) {
	stats, err := d.dryRun(ctx, "", q)
	if err != nil {
		return 0, fmt.Errorf("estimate: %w", err)
	}
	return stats.TotalBytesProcessed, nil
}

// dryRun asks what a job's query would read and give. Its own id is one that the client makes up: the job's has to stay free.
func (d *Driver) dryRun(ctx context.Context, id string, q warehouse.Query) (*bigquery.JobStatistics, error) {
	job, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) {
		query := d.query(q)
		query.MaxBytesBilled = 0 // what it would read is to be told, however much
		query.DryRun, query.JobIDConfig = true, bigquery.JobIDConfig{Location: d.location}
		return query.Run(ctx)
	})
	if err != nil {
		return nil, refusal(id, err)
	}
	if job.LastStatus() == nil || job.LastStatus().Statistics == nil {
		return nil, errors.New("BigQuery's answer to a dry run has no statistics")
	}
	return job.LastStatus().Statistics, nil
}
