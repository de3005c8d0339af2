package bigquery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/bigquery"
	"cloud.google.com/go/civil"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// Submit implements warehouse.Driver.
func (d *Driver) Submit(ctx context.Context, job warehouse.Job) error {
	if err := job.Validate(); err != nil {
		return err
	}
	if q := job.Query; q != nil && q.Target != nil {
		unlock, err := d.lockTarget(ctx, *q.Target, job.ID)
		if err != nil {
			return fmt.Errorf("job %s: wait for the statement before it on %s: %w", job.ID, q.Target, err)
		}
		defer unlock()
	}
	existing, err := d.prepare(ctx, job)
	if err == nil {
		err = d.insert(ctx, job, existing)
	} else if _, known := d.get(ctx, job.ID); known == nil {
		err = warehouse.ErrJobExists // even if the job could not be submitted now
	}
	if _, ok := errors.AsType[*warehouse.JobError](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("job %s: %w", job.ID, err)
}

// lockTarget waits until no other statement of this process changes the table. Unlock it after submitting the job.
func (d *Driver) lockTarget(ctx context.Context, t warehouse.Table, id string) (unlock func(), err error) {
	unlock, _, err = d.targets.Lock(ctx, t)
	if err != nil {
		return nil, err
	}
	if latest, ok := d.latest.Load(t); ok && latest != id {
		if _, err := d.poll(ctx, latest.(string)); err != nil && !errors.Is(err, warehouse.ErrNotFound) {
			unlock()
			return nil, err
		}
	}
	d.latest.Store(t, id)
	return unlock, nil
}

// prepare makes the calls that come before the job's own: it checks the columns of a destination, or reads the
// table of a load.
func (d *Driver) prepare(ctx context.Context, job warehouse.Job) (existing *bigquery.TableMetadata, err error) {
	switch {
	case job.Query != nil && job.Query.Destination != nil:
		return nil, d.checkColumns(ctx, job.ID, *job.Query)
	case job.Load != nil:
		existing, err = d.getTable(ctx, job.Load.Destination)
		if errors.Is(err, warehouse.ErrNotFound) {
			return nil, nil // the job will report it
		}
	}
	return existing, err
}

// insert starts the job. If a reply is lost and the call repeated, the id is taken, and nothing else happens.
func (d *Driver) insert(ctx context.Context, job warehouse.Job, existing *bigquery.TableMetadata) error {
	_, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) { return d.configure(job, existing).Run(ctx) })
	if hasStatus(err, http.StatusConflict) {
		return warehouse.ErrJobExists
	}
	return refusal(job.ID, err)
}

// runner is a *bigquery.Loader, Copier or Query.
type runner interface {
	Run(ctx context.Context) (*bigquery.Job, error)
}

// configure translates a job for the client. existing is the table of a load, or nil.
func (d *Driver) configure(job warehouse.Job, existing *bigquery.TableMetadata) runner {
	id := bigquery.JobIDConfig{JobID: job.ID, Location: d.options.Location}
	switch {
	case job.Load != nil:
		l := d.load(*job.Load, existing)
		l.JobIDConfig, l.Labels = id, job.Labels
		return l
	case job.Copy != nil:
		c := d.table(job.Copy.Destination, job.Copy.Partition).CopierFrom(d.table(job.Copy.Source, job.Copy.Partition))
		c.CreateDisposition, c.WriteDisposition = bigquery.CreateNever, bigquery.WriteTruncate
		c.JobIDConfig, c.Labels = id, job.Labels
		return c
	default:
		q := d.query(*job.Query)
		if def := job.Query.Destination; def != nil {
			q.Dst = d.table(def.Table, partition.Partition{})
			q.CreateDisposition, q.WriteDisposition = bigquery.CreateIfNeeded, bigquery.WriteTruncate
			q.TimePartitioning, q.Clustering = partitioning(*def), clustering(*def)
		}
		q.JobIDConfig, q.Labels = id, job.Labels
		return q
	}
}

// load is strict about rows, and detects no types: those are BigQuery's defaults.
//
// The schema is the table's own, which may have more columns than the load. The truncation of a whole table replaces the
// table's schema by the one that is sent, and for a partition Google's reference does not say whether columns may be missing.
// Without any schema, BigQuery may detect types.
// https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad
func (d *Driver) load(l warehouse.Load, existing *bigquery.TableMetadata) *bigquery.Loader {
	config := bigquery.FileConfig{SourceFormat: bigquery.JSON, Schema: columns(l.Schema)}
	if existing != nil {
		config.Schema = existing.Schema
	}
	var source bigquery.LoadSource
	if len(l.URIs) > 0 {
		objects := bigquery.NewGCSReference(l.URIs...)
		objects.FileConfig = config
		source = objects
	} else {
		empty := bigquery.NewReaderSource(bytes.NewReader(nil))
		empty.FileConfig = config
		source = empty
	}
	loader := d.table(l.Destination, l.Partition).LoaderFrom(source)
	loader.CreateDisposition, loader.WriteDisposition = bigquery.CreateNever, bigquery.WriteTruncate
	if existing != nil && l.Partition.IsZero() {
		loader.TimePartitioning, loader.Clustering = existing.TimePartitioning, existing.Clustering
	}
	return loader
}

// query returns the statement with its parameters. It does not use BigQuery's cache, because a cached result
// has no statistics.
func (d *Driver) query(q warehouse.Query) *bigquery.Query {
	query := d.client.Query(q.SQL)
	query.DisableQueryCache, query.MaxBytesBilled = true, q.MaxBytesBilled
	for _, name := range slices.Sorted(maps.Keys(q.Params)) {
		query.Parameters = append(query.Parameters, bigquery.QueryParameter{Name: name,
			Value: civil.DateOf(q.Params[name].Start())})
	}
	return query
}

func (d *Driver) get(ctx context.Context, id string) (*bigquery.Job, error) {
	job, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) {
		return d.client.JobFromIDLocation(ctx, id, d.options.Location)
	})
	if hasStatus(err, http.StatusNotFound) {
		err = warehouse.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", id, err)
	}
	return job, nil
}

// poll reads a job until it is done, with growing pauses.
func (d *Driver) poll(ctx context.Context, id string) (*bigquery.Job, error) {
	for pause := d.options.Pause; ; pause = min(pause*3/2, maxPause) {
		job, err := d.get(ctx, id)
		if err != nil || job.LastStatus() != nil && job.LastStatus().Done() {
			return job, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("job %s is still running: %w", id, ctx.Err())
		}
	}
}

// Wait implements warehouse.Driver, for every job of the last six months. For a copy, Stats.Rows is 0.
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
	if err == nil && s.Err == nil && isSelectInto(config, job.LastStatus()) {
		s.Stats.Rows, err = d.countResult(ctx, job)
	}
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, err)
	}
	return s, nil
}

// status translates the status of a finished job.
func status(id string, config bigquery.JobConfig, reported *bigquery.JobStatus) (warehouse.Status, error) {
	stats := reported.Statistics
	if stats == nil || stats.EndTime.IsZero() || config == nil {
		return warehouse.Status{}, errors.New("done, but BigQuery's answer has no end time or no configuration")
	}
	s := warehouse.Status{ID: id, Done: true, Ended: stats.EndTime.UTC()}
	switch c := config.(type) {
	case *bigquery.LoadConfig:
		s.Labels = c.Labels
	case *bigquery.CopyConfig:
		s.Labels = c.Labels
	case *bigquery.QueryConfig:
		s.Labels = c.Labels
	}
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
	if failed, ok := errors.AsType[*bigquery.Error](reported.Err()); ok {
		s.Err = failure(id, failed.Reason, withCauses(failed, reported.Errors))
	}
	return s, nil
}

// maxCauses bounds the causes in an error's message.
const maxCauses = 3

// withCauses returns an error's message with its causes: a load's own message says only that there were too
// many errors.
func withCauses(e *bigquery.Error, causes []*bigquery.Error) string {
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

// isSelectInto reports whether a job is a SELECT with a destination. BigQuery names one for every SELECT:
// without a destination, the rows are kept in a hidden dataset, whose name starts with "_".
func isSelectInto(config bigquery.JobConfig, reported *bigquery.JobStatus) bool {
	q, isQuery := config.(*bigquery.QueryConfig)
	stats, ok := reported.Statistics.Details.(*bigquery.QueryStatistics)
	return isQuery && ok && stats.StatementType == "SELECT" && q.Dst != nil && !strings.HasPrefix(q.Dst.DatasetID, "_")
}

// countResult returns the number of rows in a query's destination, which is not in its statistics; 0 if the
// table has expired.
func (d *Driver) countResult(ctx context.Context, job *bigquery.Job) (int64, error) {
	rows, err := call(ctx, d, job.Read)
	if hasStatus(err, http.StatusNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count the rows of the result: %w", err)
	}
	return int64(rows.TotalRows), nil
}
