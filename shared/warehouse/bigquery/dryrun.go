package bigquery

import (
	"context"
	"errors"
	"fmt"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/warehouse"
)

// checkColumns compares the columns that a query gives with those of its destination's definition, by name and type.
func (d *Driver) checkColumns(ctx context.Context, id string, q warehouse.Query) error {
	stats, err := d.dryRun(ctx, id, q)
	if err != nil || stats.Query == nil || stats.Query.Schema == nil {
		return err
	}
	given := warehouse.Definition{Table: q.Destination.Table, Schema: fields(stats.Query.Schema)}
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

func (d *Driver) dryRun(ctx context.Context, id string, q warehouse.Query) (*bq.JobStatistics, error) {
	config := d.query(q)
	config.DestinationTable, config.CreateDisposition, config.WriteDisposition = nil, "", ""
	config.TimePartitioning, config.Clustering = nil, nil
	job, err := call(ctx, d, func() (*bq.Job, error) {
		return d.service.Jobs.Insert(d.project, &bq.Job{
			Configuration: &bq.JobConfiguration{DryRun: true, Query: config},
			JobReference:  &bq.JobReference{ProjectId: d.project, Location: d.location},
		}).Context(ctx).Do()
	})
	if err != nil {
		return nil, refusal(id, err)
	}
	if job.Statistics == nil {
		return nil, errors.New("BigQuery's answer to a dry run has no statistics")
	}
	return job.Statistics, nil
}
