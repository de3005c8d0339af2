// Package warehouse is what Rollcall asks of the place where tables live.
//
// All work is jobs, as in BigQuery: whoever submits a job chooses its id, the warehouse takes each id once, a job is one
// atomic change that happens wholly or not at all, and its outcome can be asked for by id at any time later, by anybody.
// That is what lets a coordinator take over from another that died: it asks for the job instead of starting it again.
//
// A Driver is thin; the rules stand in warehousetest, which every driver passes.
package warehouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Table names a table. Its text is "dataset.table".
type Table struct{ Dataset, Name string }

// String is "dataset.table".
func (t Table) String() string { return t.Dataset + "." + t.Name }

// Definition is what a table is to be made as.
type Definition struct {
	Table       Table
	Description string
	Schema      schema.Schema
	PartitionBy string          // a DATE column; empty: not partitioned
	Grain       partition.Grain // of PartitionBy
	ClusterBy   []string        // of a table that stands: nil leaves it as it is, empty but not nil takes it away
}

// Job is one change or one question. Exactly one of Load, Query and Copy is set.
type Job struct {
	ID     string            // letters, digits, - and _; at most 1,024
	Labels map[string]string // pipeline, model, partition …; lower-case letters, digits, - and _, at most 63
	Load   *Load
	Query  *Query
	Copy   *Copy
}

// Load replaces a partition (or, with no partition, a table) by the rows of files, WRITE_TRUNCATE.
type Load struct {
	// URIs are gs:// objects, gzipped newline-delimited JSON as schema.Append writes it; none loads no rows.
	URIs        []string
	Destination Table // exists
	Schema      schema.Schema
	Partition   partition.Partition // zero: the whole table
}

// Query runs one statement.
type Query struct {
	SQL    string
	Params map[string]partition.Partition // by name; given to the statement as a DATE, the partition's first day
	// Destination is made, or replaced, by the rows of a SELECT; nil for a statement whose rows are to be read, and for DML.
	Destination *Definition
	// Target is the table that a DML statement writes, nil for a SELECT: statements on one target run one at a time.
	Target *Table
	// MaxBytesBilled makes a query that would read more than this fail before it starts; 0 leaves it to the driver.
	MaxBytesBilled int64
}

// Copy replaces a partition by the same partition of another table that is partitioned alike, or, with no partition, a
// table by all the rows of another, WRITE_TRUNCATE. It reads no row: rows of Source outside of the partition stay behind,
// unnoticed, so whoever made them checks them first.
type Copy struct {
	Source      Table
	Destination Table               // exists
	Partition   partition.Partition // zero: the whole table
}

// Status is what is known of a job.
type Status struct {
	ID     string
	Labels map[string]string // as submitted
	Done   bool
	Err    error // of a job that is done: nil, or a *JobError
	Ended  time.Time
	Stats  Stats
}

// Stats are a finished job's figures.
type Stats struct {
	Rows        int64         `json:"rows"` // written by a load or a query, or affected by DML; of a copy, not every warehouse tells them
	BytesBilled int64         `json:"bytes_billed,omitempty"`
	SlotTime    time.Duration `json:"slot_time,omitempty"`
	Duration    time.Duration `json:"duration,omitempty"`
}

// JobError says that a job ran and failed, or, from Submit, that it was refused and its id is not taken. The same job would
// fail again unless Transient.
type JobError struct {
	ID        string
	Reason    string // the warehouse's word: invalidQuery, notFound, …
	Message   string
	Transient bool // the warehouse's own trouble: the same statement under a new id may succeed
}

func (e *JobError) Error() string { return fmt.Sprintf("job %s: %s: %s", e.ID, e.Reason, e.Message) }

// Errors that drivers return, wrapped.
var (
	// ErrJobExists: a job with this id was submitted before; ask for it by Wait.
	ErrJobExists = errors.New("job id is taken")
	// ErrNotFound: no such job or table.
	ErrNotFound = errors.New("not found")
	// ErrSchemaDrift: a table stands with columns that differ by more than new nullable ones.
	ErrSchemaDrift = errors.New("schema drift")
)

// Driver is one warehouse. All methods may be called at once from many goroutines. An error that is none of the above
// and no *JobError is the connection's, and says nothing about whether the call took effect.
type Driver interface {
	// Dialect names the statements in the manifest that this warehouse runs.
	Dialect() manifest.Dialect
	// EnsureTable makes the table, or adds the nullable columns that it lacks. Any other difference is ErrSchemaDrift,
	// naming the column, and changes nothing. A warehouse that keeps descriptions keeps the definition's.
	EnsureTable(ctx context.Context, def Definition) error
	// Submit starts a job, or is ErrJobExists. It does not wait for the job, but a DML statement waits here for its turn at
	// its target. A job that can be seen to be wrong beforehand may be refused with a *JobError.
	Submit(ctx context.Context, job Job) error
	// Wait is the status of a job once it is done, or ctx's error. A job that nobody submitted is ErrNotFound.
	Wait(ctx context.Context, id string) (Status, error)
	// Rows are the rows of a finished SELECT job that had no destination, at most limit of them, columns by name.
	// Values are nil, string, int64, float64, bool, or time.Time (DATE and TIMESTAMP, UTC); a NUMERIC or JSON is a string.
	Rows(ctx context.Context, id string, limit int) ([]map[string]any, error)
	Close() error
}

// Estimator is a warehouse that can tell beforehand what a query would read, and so cost.
type Estimator interface {
	// Estimate is the number of bytes that the query would read, at most. Nothing is run. A query that is wrong is a *JobError.
	Estimate(ctx context.Context, q Query) (bytes int64, err error)
}

// Run submits job and waits for it; a job of that id that was submitted before is waited for instead.
// The error is the job's own *JobError when it ran and failed, or was refused.
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
