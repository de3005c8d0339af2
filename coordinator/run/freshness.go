package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// Freshness returns the definition of mart.freshness. The table has one row for each model, so that
// dashboards can show how new their numbers are.
func Freshness() warehouse.Definition {
	return warehouse.Definition{
		Table:       warehouse.Table{Dataset: "mart", Name: "freshness"},
		Description: "How new each model is. One row per model, kept by the coordinator as it publishes.",
		Schema: schema.Schema{
			{Name: "model", Type: schema.String, Mode: schema.Required,
				Description: "The model: its table is mart.<model>."},
			{Name: "grain", Type: schema.String, Mode: schema.Required,
				Description: "daily or monthly: the length of its partitions."},
			{Name: "newest_partition", Type: schema.Date, Mode: schema.Required,
				Description: "First day of the newest partition that has been published."},
			{Name: "row_count", Type: schema.Int64, Mode: schema.Required, Description: "Rows of that partition."},
			{Name: "published_at", Type: schema.Timestamp, Mode: schema.Required,
				Description: "When that partition was last published."},
			{Name: "last_published_at", Type: schema.Timestamp, Mode: schema.Required,
				Description: "When any partition of the model was last published."},
		},
	}
}

// timestampLiterals holds the format of a timestamp by dialect.
var timestampLiterals = map[manifest.Dialect]string{
	manifest.BigQuery: "TIMESTAMP '%s'",
	manifest.DuckDB:   "TIMESTAMPTZ '%s'",
}

// mergeSQL merges one publication into mart.freshness. The result is the same in whatever order
// publications are merged, and however often.
const mergeSQL = `MERGE INTO mart.freshness AS t
USING (
  SELECT '%[1]s' AS model, '%[2]s' AS grain, DATE '%[3]s' AS newest_partition, %[4]d AS row_count, %[5]s AS published_at
) AS s
ON t.model = s.model
WHEN MATCHED THEN UPDATE SET
  row_count = CASE WHEN s.newest_partition > t.newest_partition
    OR s.newest_partition = t.newest_partition AND s.published_at >= t.published_at THEN s.row_count ELSE t.row_count END,
  published_at = CASE WHEN s.newest_partition > t.newest_partition
    OR s.newest_partition = t.newest_partition AND s.published_at >= t.published_at THEN s.published_at ELSE t.published_at END,
  newest_partition = GREATEST(s.newest_partition, t.newest_partition),
  last_published_at = GREATEST(s.published_at, t.last_published_at)
WHEN NOT MATCHED THEN INSERT (model, grain, newest_partition, row_count, published_at, last_published_at)
  VALUES (s.model, s.grain, s.newest_partition, s.row_count, s.published_at, s.published_at)`

// updateFreshness merges the publication into mart.freshness. An error here does not undo the publication,
// and other models wait for that, so it is only logged and noted in the run's record.
func (a *attempt) updateFreshness(ctx context.Context) {
	err := a.ensure(ctx, Freshness())
	if err == nil {
		err = a.mergeFreshness(ctx)
	}
	if err != nil {
		a.run.Reason = fmt.Sprintf("published, but mart.freshness was not updated: %v", err)
		a.Log.ErrorContext(ctx, "mart.freshness was not updated",
			"model", a.model.Name, "partition", a.run.Partition.String(), "error", err)
	}
}

func (a *attempt) mergeFreshness(ctx context.Context) error {
	instant := fmt.Sprintf(timestampLiterals[a.Warehouse.Dialect()],
		a.published.PublishedAt.Format("2006-01-02 15:04:05.000000+00"))
	target := Freshness().Table
	job := a.job(stepFresh)
	job.Query = &warehouse.Query{
		SQL: fmt.Sprintf(mergeSQL, a.model.Name, a.model.Grain, a.published.Partition.Start().Format(time.DateOnly),
			a.published.Rows, instant),
		Target: &target, MaxBytesBilled: a.MaxBytesBilled,
	}
	id, try := job.ID, 0
	_, err := call(ctx, "merge", func() (struct{}, error) {
		if try++; try > 1 { // the job before failed, or may not have been submitted; merging twice does no harm
			job.ID = fmt.Sprintf("%s_t%d", id, try)
		}
		_, err := a.do(ctx, job)
		if _, ok := errors.AsType[*finalError](err); ok {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	})
	return err
}
