package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	engine "github.com/duckdb/duckdb-go/v2"

	"example.com/rollcall/shared/warehouse"
)

// pending is a job that was submitted and is not yet done.
type pending struct {
	done   chan struct{}
	status warehouse.Status // valid after done is closed
	err    error            // why the outcome could not be recorded; the job has then not happened
}

// outcome is the effect of a job, before it is recorded.
type outcome struct {
	rows   int64
	result *result
}

var errClosed = errors.New("the warehouse was closed; the job has not happened")

// Submit implements warehouse.Driver. The job continues after ctx ends, until Close.
func (d *Driver) Submit(ctx context.Context, job warehouse.Job) error {
	if err := job.Validate(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		return fmt.Errorf("job %s: %w", job.ID, errClosed)
	}
	_, taken := d.pending[job.ID]
	if !taken {
		_, err := d.lookUp(ctx, job.ID)
		if err != nil && !errors.Is(err, warehouse.ErrNotFound) {
			return err
		}
		taken = err == nil
	}
	if taken {
		return fmt.Errorf("job %s: %w", job.ID, warehouse.ErrJobExists)
	}
	p := &pending{done: make(chan struct{})}
	d.pending[job.ID] = p
	submitted := d.now()
	d.running.Go(func() {
		p.status, p.err = d.run(d.ctx, job, submitted)
		d.mu.Lock()
		delete(d.pending, job.ID)
		d.mu.Unlock()
		close(p.done)
	})
	return nil
}

// Wait implements warehouse.Driver.
func (d *Driver) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	d.mu.Lock()
	p := d.pending[id]
	d.mu.Unlock()
	if p == nil {
		return d.lookUp(ctx, id)
	}
	select {
	case <-p.done:
		return p.status, p.err
	case <-ctx.Done():
		return warehouse.Status{}, fmt.Errorf("job %s is still running: %w", id, ctx.Err())
	}
}

// run executes the job and records its outcome. An error means that the job has not happened and nothing is
// recorded.
func (d *Driver) run(ctx context.Context, job warehouse.Job, submitted time.Time) (warehouse.Status, error) {
	var status warehouse.Status
	started := d.now()
	dir, files, failed := d.fetchAll(ctx, job.Load)
	if dir != "" {
		defer func() { _ = os.RemoveAll(dir) }() // if this fails, the next Open removes the folder
	}
	if failed == nil {
		failed = d.write(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
			done, err := execute(ctx, conn, tx, job, files, d.next())
			if err != nil {
				return err
			}
			status = d.finish(job, started, done.rows)
			return record(ctx, tx, status, nil, submitted, done.result)
		})
	}
	if failed == nil {
		return status, nil
	}
	if ctx.Err() != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", job.ID, errClosed)
	}
	err := d.write(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
		failure := jobError(job.ID, failed)
		status = d.finish(job, started, 0)
		status.Err = failure
		return record(ctx, tx, status, failure, submitted, nil)
	})
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s failed (%w), and the failure cannot be recorded: %w", job.ID,
			failed, err)
	}
	return status, nil
}

// write runs a change in a transaction, one at a time.
func (d *Driver) write(ctx context.Context, change func(*sql.Conn, *sql.Tx) error) error {
	select {
	case d.writing <- struct{}{}:
		defer func() { <-d.writing }()
	case <-ctx.Done():
		return ctx.Err()
	case <-d.ctx.Done():
		return errClosed
	}
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := change(conn, tx); err != nil {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			return errors.Join(err, rollback)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if d.commits++; d.commits%checkpointEvery == 0 {
		d.checkpoint(ctx, conn)
	}
	return nil
}

const (
	// checkpointEvery is the number of commits between two checks, which each take as long as a small job.
	checkpointEvery = 16
	// maxInMemory is how much memory committed tables may use before a checkpoint.
	maxInMemory = 16 << 20
)

// checkpoint moves committed tables from memory to the file if they are large together. DuckDB's own
// checkpoints depend on the length of its log, and many small tables fill the memory long before that. A failed
// checkpoint is tried again later.
func (d *Driver) checkpoint(ctx context.Context, conn *sql.Conn) {
	var size int64
	err := conn.QueryRowContext(ctx,
		"SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'").Scan(&size)
	if err == nil && size > maxInMemory {
		_, err = conn.ExecContext(ctx, "CHECKPOINT")
	}
	if err != nil && ctx.Err() == nil {
		slog.DebugContext(ctx, "checkpoint failed", "warehouse", d.path, "error", err)
	}
}

// finish returns the status of a job that ends now. End times strictly increase, whatever the clock does,
// because the newest load of a table is found by its end time.
func (d *Driver) finish(job warehouse.Job, started time.Time, rows int64) warehouse.Status {
	d.last = d.next()
	return warehouse.Status{ID: job.ID, Labels: job.Labels, Done: true, Ended: d.last,
		Stats: warehouse.Stats{Rows: rows, Duration: d.now().Sub(started).Truncate(time.Microsecond)}}
}

// next returns the time, later than the end of every job. The caller must be writing.
func (d *Driver) next() time.Time {
	now := d.now().UTC().Truncate(time.Microsecond)
	if !now.After(d.last) {
		now = d.last.Add(time.Microsecond)
	}
	return now
}

// record writes a job's row in rollcall.jobs. failure and res may be nil.
func record(ctx context.Context, q querier, s warehouse.Status, failure *warehouse.JobError,
	submitted time.Time, res *result) error {
	labels, err := json.Marshal(s.Labels)
	if err != nil {
		return err
	}
	var rows, reason, message, transient any
	if res != nil {
		text, err := json.Marshal(res)
		if err != nil {
			return err
		}
		rows = string(text)
	}
	if failure != nil {
		reason, message, transient = failure.Reason, failure.Message, failure.Transient
	}
	_, err = q.ExecContext(ctx, "INSERT INTO rollcall.jobs VALUES ($1, $2::JSON, $3, $4, $5, $6, $7, $8, $9, $10::JSON)",
		s.ID, string(labels), submitted.UTC(), s.Ended, s.Stats.Duration.Microseconds(), s.Stats.Rows, reason,
		message, transient, rows)
	if err != nil {
		return fmt.Errorf("job %s: insert into rollcall.jobs: %w", s.ID, err)
	}
	return nil
}

// lookUp reads the status of a finished job from rollcall.jobs.
func (d *Driver) lookUp(ctx context.Context, id string) (warehouse.Status, error) {
	s := warehouse.Status{ID: id, Done: true}
	var labels string
	var took int64
	var reason, message sql.NullString
	var transient sql.NullBool
	row := d.db.QueryRowContext(ctx, `SELECT labels::VARCHAR, ended_at, took_us, affected, reason, message, transient
		FROM rollcall.jobs WHERE id = $1`, id)
	err := row.Scan(&labels, &s.Ended, &took, &s.Stats.Rows, &reason, &message, &transient)
	if err == nil {
		err = json.Unmarshal([]byte(labels), &s.Labels)
	}
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, notFound(err))
	}
	s.Ended, s.Stats.Duration = s.Ended.UTC(), time.Duration(took)*time.Microsecond
	if reason.Valid {
		s.Err = &warehouse.JobError{ID: id, Reason: reason.String, Message: message.String, Transient: transient.Bool}
	}
	return s, nil
}

// notFound translates a missing row to warehouse.ErrNotFound.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return warehouse.ErrNotFound
	}
	return err
}

// refusal is a job's failure that the driver itself detects.
type refusal struct{ reason, message string }

func (r refusal) Error() string { return r.message }

func invalid(format string, args ...any) error {
	return refusal{"invalid", fmt.Sprintf(format, args...)}
}

// objectError means that an object could not be read; its content is not to blame.
type objectError struct{ error }

func (e objectError) Unwrap() error { return e.error }

// DuckDB's error types. The first are faults of the statement that are found before any row is read. The second
// are neither the statement's nor the rows' fault.
var (
	statementErrors = []engine.ErrorType{
		engine.ErrorTypeCatalog, engine.ErrorTypeParser, engine.ErrorTypeSyntax, engine.ErrorTypeBinder,
		engine.ErrorTypePlanner,
		engine.ErrorTypeNotImplemented, engine.ErrorTypeParameterNotResolved, engine.ErrorTypeParameterNotAllowed,
	}
	internalErrors = []engine.ErrorType{
		engine.ErrorTypeIO, engine.ErrorTypeTransaction, engine.ErrorTypeInterrupt,
		engine.ErrorTypeInternal, engine.ErrorTypeFatal, engine.ErrorTypeConnection,
	}
)

// jobError returns why a job failed, with BigQuery's reasons.
func jobError(id string, err error) *warehouse.JobError {
	failure := &warehouse.JobError{ID: id, Message: err.Error()}
	var refused refusal
	var object objectError
	var duck *engine.Error
	switch {
	case errors.As(err, &refused):
		failure.Reason = refused.reason
	case errors.Is(err, warehouse.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		failure.Reason = "notFound"
	case errors.As(err, &object):
		failure.Reason, failure.Transient = "backendError", true
	case !errors.As(err, &duck), slices.Contains(internalErrors, duck.Type):
		failure.Reason, failure.Transient = "internalError", true
	case duck.Type == engine.ErrorTypeCatalog && strings.Contains(duck.Msg, "Table with name"):
		failure.Reason = "notFound"
	case slices.Contains(statementErrors, duck.Type):
		failure.Reason = "invalidQuery"
	case duck.Type == engine.ErrorTypeOutOfMemory:
		failure.Reason = "resourcesExceeded"
		failure.Message += "; fix: raise the warehouse's memory limit (Options.MemoryLimit)"
	default: // a value in some row: conversion, constraint, range, division by zero …
		failure.Reason = "invalid"
	}
	return failure
}
