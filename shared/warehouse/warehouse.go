// Package warehouse defines what Rollcall needs from the database that holds its tables. BigQuery and DuckDB
// implement it.
//
// # The contract
//
// All work is done by jobs, as in BigQuery:
//
//   - The caller chooses the job's id. A warehouse accepts each id once; a second Submit returns ErrJobExists.
//   - A job is one atomic change. It happens completely or not at all.
//   - Any process can ask for the outcome by id, at any later time.
//
// This lets one coordinator take over from another that crashed: it waits for the job instead of starting it
// again. Job ids are derived from the event and the step, so repeating a step never repeats its effect.
//
// Driver's methods state the details, and package warehousetest checks them: every driver passes that suite.
package warehouse

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Driver connects to one warehouse. Its methods are safe for concurrent use. An error that is neither a
// *JobError nor one of the Err values below comes from the connection: the call may or may not have taken
// effect, and can be repeated.
type Driver interface {
	// Dialect returns the SQL dialect of this warehouse: the key of the statements to use from the manifest.
	Dialect() manifest.Dialect
	// EnsureTable creates the table, or adds the nullable columns that it lacks. It never drops a column. For any
	// other difference it changes nothing and returns ErrSchemaDrift with the column's name. Descriptions are
	// updated where the warehouse keeps them.
	EnsureTable(ctx context.Context, def Definition) error
	// HasRows reports whether a partition of a table has rows. A table that does not exist has none.
	HasRows(ctx context.Context, t Table, p partition.Partition) (bool, error)
	// Tables returns the tables of a dataset by name, with the time when each was created, by the clock of Status.Ended:
	// after the end of each job before, and no later than the end of the first job that wrote the table. Replacing
	// a partition does not create it again. A dataset that does not exist has no tables.
	Tables(ctx context.Context, dataset string) (map[string]time.Time, error)
	// Submit starts a job, or returns ErrJobExists. It does not wait for the job to finish; only a DML
	// statement waits here until the statement before it on the same target is done. A job that is known to be
	// invalid may be refused with a *JobError; its id stays free.
	Submit(ctx context.Context, job Job) error
	// Wait returns the status of a job once it is done, or ctx's error. For an unknown job it returns ErrNotFound.
	Wait(ctx context.Context, id string) (Status, error)
	// Rows returns the rows of a finished SELECT without a destination, at most limit of them, with values by
	// column name. A value is nil, string, int64, float64, bool, or time.Time in UTC (DATE and TIMESTAMP);
	// NUMERIC and JSON are strings.
	Rows(ctx context.Context, id string, limit int) ([]map[string]any, error)
	Close() error
}

// Estimator is implemented by drivers whose warehouse can tell before a query runs how much it would read.
type Estimator interface {
	// Estimate returns the largest number of bytes that the query may read, and runs nothing. For an invalid
	// query the error is a *JobError.
	Estimate(ctx context.Context, q Query) (bytes int64, err error)
}

// Errors that drivers return, wrapped.
var (
	// ErrJobExists means that a job with this id was submitted before. Call Wait for its outcome.
	ErrJobExists = errors.New("job id is taken")
	// ErrNotFound means that there is no such job or table.
	ErrNotFound = errors.New("not found")
	// ErrSchemaDrift means that the existing table differs from its definition by more than new nullable columns.
	ErrSchemaDrift = errors.New("schema drift")
)

// Run submits a job and waits for it. If the id is taken, it waits for the job that has it. When the job failed
// or was refused, the error is its *JobError.
func Run(ctx context.Context, d Driver, job Job) (Status, error) {
	if err := d.Submit(ctx, job); err != nil && !errors.Is(err, ErrJobExists) {
		return Status{}, fmt.Errorf("submit %s: %w", job.ID, err)
	}
	status, err := d.Wait(ctx, job.ID)
	if err != nil {
		return Status{}, fmt.Errorf("wait for %s: %w", job.ID, err)
	}
	return status, status.Err
}

// Table names a table.
type Table struct{ Dataset, Name string }

// String returns "dataset.table".
func (t Table) String() string { return t.Dataset + "." + t.Name }

// Definition describes how a table must look.
type Definition struct {
	Table       Table
	Description string
	Schema      schema.Schema
	PartitionBy string          // a DATE column; empty means not partitioned
	Grain       partition.Grain // of PartitionBy
	ClusterBy   []string        // for an existing table, nil keeps its clustering and an empty slice removes it
	// AllowExtra allows the existing table to have nullable columns that Schema lacks, which a newer release has
	// added or an older one has left. A load leaves them null. A copy still needs the same columns in both tables.
	AllowExtra bool `json:"-"`
}

// Job is one change or one query. Exactly one of Load, Query and Copy is set.
type Job struct {
	ID     string            // letters, digits, - and _; at most 1,024
	Labels map[string]string // pipeline, model, partition …; lower-case letters, digits, - and _, at most 63
	Load   *Load
	Query  *Query
	Copy   *Copy
}

// Load replaces a partition, or a whole table, with the rows of files (WRITE_TRUNCATE). The table keeps its columns:
// those that the files lack are null in the loaded rows.
type Load struct {
	// URIs lists gs:// objects of gzipped newline-delimited JSON, as schema.Append writes it. With none, no rows
	// are loaded.
	URIs        []string
	Destination Table // must exist
	Schema      schema.Schema
	Partition   partition.Partition // zero: the whole table
}

// Query runs one statement.
type Query struct {
	SQL    string
	Params map[string]partition.Partition // by name; the statement sees a DATE, the partition's first day
	// Destination is created or replaced with the rows of a SELECT. It is nil for DML, and for a SELECT whose
	// rows are read.
	Destination *Definition
	// Target is the table that a DML statement writes; nil for a SELECT. Statements on one target run one at a
	// time.
	Target *Table
	// MaxBytesBilled makes a query fail before it starts if it would read more; 0 means the driver's default.
	MaxBytesBilled int64
}

// Copy replaces a partition with the same partition of another table, or a whole table with another
// (WRITE_TRUNCATE). The tables must be partitioned alike. Rows of Source outside the partition are not copied
// and cause no error, so check the rows first.
type Copy struct {
	Source      Table
	Destination Table               // must exist
	Partition   partition.Partition // zero: the whole table
}

// Status describes a job.
type Status struct {
	ID     string
	Labels map[string]string // as submitted
	Done   bool
	Err    error // of a finished job: nil or a *JobError
	Ended  time.Time
	Stats  Stats
}

// Stats holds the figures of a finished job.
type Stats struct {
	// written by a load or query, or affected by DML; of a copy, not in every warehouse
	Rows        int64         `json:"rows"`
	BytesBilled int64         `json:"bytes_billed,omitempty"`
	SlotTime    time.Duration `json:"slot_time,omitempty"`
	Duration    time.Duration `json:"duration,omitempty"`
}

// JobError reports that a job failed. Returned by Submit, it reports that the job was refused and its id is
// still free.
type JobError struct {
	ID        string
	Reason    string // BigQuery's reason: invalidQuery, notFound, …
	Message   string
	Transient bool // a problem of the warehouse: the same job may succeed under a new id. If false, it would fail again.
}

func (e *JobError) Error() string { return fmt.Sprintf("job %s: %s: %s", e.ID, e.Reason, e.Message) }

// BigQuery's limits for job ids and labels. Labels may also have letters of other scripts there, but not here.
// https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
// https://cloud.google.com/bigquery/docs/labels-intro#requirements
var (
	jobID      = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	labelKey   = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	labelValue = regexp.MustCompile(`^[a-z0-9_-]{0,63}$`)
)

const (
	maxJobID  = 1024
	maxLabels = 64
)

// Validate returns all the reasons why the job is malformed, joined. Drivers call it before they do anything else.
func (j Job) Validate() error {
	var errs []error
	report := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !jobID.MatchString(j.ID) || len(j.ID) > maxJobID {
		report("the id must be 1 to 1,024 letters, digits, - and _")
	}
	if len(j.Labels) > maxLabels {
		report("%d labels, the maximum is %d", len(j.Labels), maxLabels)
	}
	for _, key := range slices.Sorted(maps.Keys(j.Labels)) {
		if !labelKey.MatchString(key) || !labelValue.MatchString(j.Labels[key]) {
			report("label %.100q: %.100q must be up to 63 lower-case letters, digits, - and _; the key starts with a letter",
				key, j.Labels[key])
		}
	}
	kinds := 0
	if l := j.Load; l != nil {
		kinds++
		if len(l.Schema) == 0 {
			report("the load has no schema")
		}
	}
	if q := j.Query; q != nil {
		kinds++
		if q.SQL == "" {
			report("the query has no SQL")
		}
		if q.Destination != nil && q.Target != nil {
			report("the query has both a destination and a target")
		}
		if q.Destination != nil && len(q.Destination.Schema) == 0 {
			report("the destination %s has no schema", q.Destination.Table)
		}
	}
	if j.Copy != nil {
		kinds++
	}
	if kinds != 1 {
		report("%d of load, query and copy are set, want exactly one", kinds)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("job %.100q: %w", j.ID, err)
	}
	return nil
}

// Additions compares an existing table with its definition. It returns the columns to add, in order, or
// ErrSchemaDrift with every other difference. The order of columns, descriptions and clustering are ignored, and
// with AllowExtra also nullable columns that only the table has.
func Additions(have, want Definition) ([]schema.Field, error) {
	var added []schema.Field
	var errs []error
	differs := func(what string, have, want any) {
		errs = append(errs, fmt.Errorf("%s is %v in the table and %v in its definition", what, have, want))
	}
	for _, w := range want.Schema {
		h, ok := have.Schema.Field(w.Name)
		switch {
		case !ok && mode(w) == schema.Nullable:
			added = append(added, w)
		case !ok:
			errs = append(errs, fmt.Errorf("column %s is new and %s; only a NULLABLE column can be added", w.Name, mode(w)))
		case h.Type != w.Type:
			differs("column "+w.Name, h.Type, w.Type)
		case mode(h) != mode(w):
			differs("column "+w.Name, mode(h), mode(w))
		}
	}
	for _, h := range have.Schema {
		if want.AllowExtra && mode(h) == schema.Nullable {
			continue
		}
		if _, ok := want.Schema.Field(h.Name); !ok {
			errs = append(errs, fmt.Errorf("column %s is in the table but not in its definition", h.Name))
		}
	}
	if h, w := partitioning(have), partitioning(want); h != w {
		errs = append(errs, fmt.Errorf("it is partitioned %s in the table and %s in its definition", h, w))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("table %s: %w: %w; fix: undo the change, or move the data to a new table", want.Table,
			ErrSchemaDrift, err)
	}
	return added, nil
}

func mode(f schema.Field) schema.Mode {
	if f.Mode == "" {
		return schema.Nullable
	}
	return f.Mode
}

func partitioning(d Definition) string {
	if d.PartitionBy == "" {
		return "by nothing"
	}
	return fmt.Sprintf("%s by column %s", d.Grain, d.PartitionBy)
}
