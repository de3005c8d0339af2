package bigquery

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/warehouse"
)

// Rows implements warehouse.Driver. After about a day the rows have expired, and the error is ErrNotFound.
func (d *Driver) Rows(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	rows, err := d.read(ctx, id, limit)
	if hasStatus(err, http.StatusNotFound) {
		err = fmt.Errorf("%w: %w", warehouse.ErrNotFound, err)
	}
	if err != nil {
		return nil, fmt.Errorf("rows of job %s: %w", id, err)
	}
	return rows, nil
}

func (d *Driver) read(ctx context.Context, id string, limit int) ([]map[string]any, error) {
	job, err := d.get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !job.LastStatus().Done() {
		return nil, errors.New("the job is still running")
	}
	return call(ctx, d, func(ctx context.Context) ([]map[string]any, error) {
		it, err := job.Read(ctx)
		if err != nil {
			return nil, err
		}
		if len(it.Schema) == 0 {
			return nil, errors.New("the job is not a SELECT")
		}
		it.PageInfo().MaxSize = limit
		rows := []map[string]any{}
		for len(rows) < limit {
			var values []bigquery.Value
			err := it.Next(&values)
			if errors.Is(err, iterator.Done) {
				break
			}
			if err != nil {
				return nil, err
			}
			row, err := decode(values, it.Schema)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		return rows, nil
	})
}

// decode returns a row's values, given in the order of the columns, by column name.
func decode(values []bigquery.Value, s bigquery.Schema) (map[string]any, error) {
	row := make(map[string]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil, string, int64, float64, bool:
			row[s[i].Name] = v
		case civil.Date:
			row[s[i].Name] = v.In(time.UTC)
		case time.Time:
			row[s[i].Name] = v.UTC()
		case *big.Rat: // NUMERIC, written as BigQuery does: without trailing zeros
			row[s[i].Name] = strings.TrimSuffix(strings.TrimRight(bigquery.NumericString(v), "0"), ".")
		default:
			return nil, fmt.Errorf("column %s: values of type %s cannot be read; fix: cast to text in the query",
				s[i].Name, s[i].Type)
		}
	}
	return row, nil
}

// checkColumns compares names and types of a query's columns with its destination's definition.
func (d *Driver) checkColumns(ctx context.Context, id string, q warehouse.Query) error {
	stats, err := d.dryRun(ctx, id, q)
	if err != nil {
		return err
	}
	details, ok := stats.Details.(*bigquery.QueryStatistics)
	if !ok || details.Schema == nil {
		return nil
	}
	result := warehouse.Definition{Table: q.Destination.Table, Schema: fields(details.Schema)}
	want := warehouse.Definition{Table: q.Destination.Table, Schema: nullable(q.Destination.Schema)}
	added, err := warehouse.Additions(result, want)
	if err == nil && len(added) > 0 {
		err = fmt.Errorf("column %s is in the definition of %s, but not in the query's result", added[0].Name,
			q.Destination.Table)
	}
	if err != nil {
		return &warehouse.JobError{ID: id, Reason: "invalid", Message: err.Error()}
	}
	return nil
}

// Estimate implements warehouse.Estimator with a dry run, which is free.
// https://cloud.google.com/bigquery/docs/best-practices-costs#estimate-query-costs
func (d *Driver) Estimate(ctx context.Context, q warehouse.Query) (int64, error) {
	stats, err := d.dryRun(ctx, "", q)
	if err != nil {
		return 0, fmt.Errorf("estimate: %w", err)
	}
	return stats.TotalBytesProcessed, nil
}

// dryRun returns what a query would read and return. The dry run's own id is random, so that the job's id stays
// free.
func (d *Driver) dryRun(ctx context.Context, id string, q warehouse.Query) (*bigquery.JobStatistics, error) {
	job, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) {
		query := d.query(q)
		query.MaxBytesBilled = 0 // estimate the bytes even above the maximum
		query.DryRun, query.JobIDConfig = true, bigquery.JobIDConfig{Location: d.options.Location}
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
