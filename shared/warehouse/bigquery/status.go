package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/warehouse"
)

// Wait keeps the promise of warehouse.Driver, for jobs of the last six months, whoever submitted them. Of a copy it tells
// no rows.
func (d *Driver) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	job, err := d.poll(ctx, id)
	if err != nil {
		return warehouse.Status{}, err
	}
	config, err := job.Config()
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, err)
	}
	s, err := status(id, config, job.LastStatus())
	if err == nil && s.Err == nil && wroteResult(config, job.LastStatus()) {
		s.Stats.Rows, err = d.written(ctx, job)
	}
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, err)
	}
	return s, nil
}

// status is what a job that is done says of itself.
func status(id string, config bigquery.JobConfig, told *bigquery.JobStatus) (warehouse.Status, error) {
	stats := told.Statistics
	if stats == nil || stats.EndTime.IsZero() || config == nil {
		return warehouse.Status{}, errors.New("it is done, but BigQuery does not say when or what it was")
	}
	s := warehouse.Status{ID: id, Labels: labels(config), Done: true, Ended: stats.EndTime.UTC()}
	started := stats.StartTime
	if started.IsZero() { // it failed before it started
		started = stats.CreationTime
	}
	s.Stats.Duration = max(0, stats.EndTime.Sub(started).Round(time.Millisecond))
	s.Stats.SlotTime = stats.TotalSlotDuration
	switch details := stats.Details.(type) {
	case *bigquery.LoadStatistics:
		s.Stats.Rows = details.OutputRows
	case *bigquery.QueryStatistics:
		s.Stats.Rows, s.Stats.BytesBilled = details.NumDMLAffectedRows, details.TotalBytesBilled
	}
	var failed *bigquery.Error
	if errors.As(told.Err(), &failed) {
		s.Err = failure(id, failed.Reason, explained(failed, told.Errors))
	}
	return s, nil
}

func labels(config bigquery.JobConfig) map[string]string {
	switch c := config.(type) {
	case *bigquery.LoadConfig:
		return c.Labels
	case *bigquery.CopyConfig:
		return c.Labels
	case *bigquery.QueryConfig:
		return c.Labels
	}
	return nil
}

// maxCauses bounds the errors of single rows that a load's own error is explained with.
const maxCauses = 3

// explained is an error's message with its causes: that of a load says only that there were too many errors.
func explained(e *bigquery.Error, causes []*bigquery.Error) string {
	parts := []string{e.Message}
	for _, c := range causes {
		if c.Message == e.Message || len(parts) > maxCauses {
			continue
		}
		if c.Location != "" {
			parts = append(parts, c.Location+": "+c.Message)
		} else {
			parts = append(parts, c.Message)
		}
	}
	return strings.Join(parts, "; ")
}

// wroteResult reports whether a job is a SELECT into a table. A SELECT without destination names one, too: BigQuery keeps
// its rows for a day in a table of a hidden dataset, whose name begins with "_".
func wroteResult(config bigquery.JobConfig, told *bigquery.JobStatus) bool {
	q, isQuery := config.(*bigquery.QueryConfig)
	stats, ok := told.Statistics.Details.(*bigquery.QueryStatistics)
	return isQuery && ok && stats.StatementType == "SELECT" && q.Dst != nil && !strings.HasPrefix(q.Dst.DatasetID, "_")
}

// written counts the rows of a query's result, which its statistics do not tell; 0 when the table has expired since.
func (d *Driver) written(ctx context.Context, job *bigquery.Job) (int64, error) {
	rows, err := call(ctx, d, job.Read)
	if answered(err, http.StatusNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count the rows of its result: %w", err)
	}
	return int64(rows.TotalRows), nil
}
