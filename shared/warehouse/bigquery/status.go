package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/warehouse"
)

// Wait keeps the promise of warehouse.Driver, for jobs of the last six months, whoever submitted them.
func (d *Driver) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	job, err := d.poll(ctx, id)
	if err != nil {
		return warehouse.Status{}, err
	}
	s, err := status(id, job)
	if err == nil && s.Err == nil && wroteResult(job) {
		s.Stats.Rows, err = d.written(ctx, id)
	}
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, err)
	}
	return s, nil
}

// status is what a job that is done says of itself.
func status(id string, job *bq.Job) (warehouse.Status, error) {
	stats := job.Statistics
	if stats == nil || stats.EndTime == 0 || job.Configuration == nil {
		return warehouse.Status{}, errors.New("it is done, but BigQuery does not say when or what it was")
	}
	s := warehouse.Status{ID: id, Labels: job.Configuration.Labels, Done: true, Ended: time.UnixMilli(stats.EndTime).UTC()}
	started := stats.StartTime
	if started == 0 { // it failed before it started
		started = stats.CreationTime
	}
	s.Stats.Duration = max(0, time.Duration(stats.EndTime-started)*time.Millisecond)
	s.Stats.SlotTime = time.Duration(stats.TotalSlotMs) * time.Millisecond
	switch {
	case stats.Load != nil:
		s.Stats.Rows = stats.Load.OutputRows
	case stats.Copy != nil:
		s.Stats.Rows = stats.Copy.CopiedRows
	case stats.Query != nil:
		s.Stats.Rows, s.Stats.BytesBilled = stats.Query.NumDmlAffectedRows, stats.Query.TotalBytesBilled
	}
	if e := job.Status.ErrorResult; e != nil {
		s.Err = failure(id, e.Reason, explained(e, job.Status.Errors))
	}
	return s, nil
}

// maxCauses bounds the errors of single rows that a load's own error is explained with.
const maxCauses = 3

// explained is an error's message with its causes: that of a load says only that there were too many errors.
func explained(e *bq.ErrorProto, causes []*bq.ErrorProto) string {
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
func wroteResult(job *bq.Job) bool {
	q := job.Configuration.Query
	return q != nil && job.Statistics.Query != nil && job.Statistics.Query.StatementType == "SELECT" &&
		q.DestinationTable != nil && !strings.HasPrefix(q.DestinationTable.DatasetId, "_")
}

// written counts the rows of a query's result, which its statistics do not tell; 0 when the table has expired since.
func (d *Driver) written(ctx context.Context, id string) (int64, error) {
	res, err := call(ctx, d, func() (*bq.GetQueryResultsResponse, error) {
		return d.service.Jobs.GetQueryResults(d.project, id).Location(d.location).MaxResults(0).Context(ctx).Do()
	})
	if answered(err, http.StatusNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count the rows of its result: %w", err)
	}
	return int64(res.TotalRows), nil
}
