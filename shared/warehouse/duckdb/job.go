package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"example.com/rollcall/shared/warehouse"
)

// pending is a job that was submitted and is not yet done.
type pending struct {
	done   chan struct{}
	status warehouse.Status // once done is closed
	err    error            // why the outcome could not be written down; the job has then not happened
}

// outcome is what a job has done, before it is written down.
type outcome struct {
	rows   int64
	result *result
}

// errClosed is what waiting finds out when the driver is closed under it.
var errClosed = errors.New("the warehouse was closed; the job has not happened")

// Submit keeps the promise of warehouse.Driver. The job runs on after ctx ends, until Close.
func (d *Driver) Submit(ctx context.Context, job warehouse.Job) error {
	if err := job.Validate(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		return fmt.Errorf("job %s: %w", job.ID, errClosed)
	}
	if _, ok := d.pending[job.ID]; ok {
		return fmt.Errorf("job %s: %w", job.ID, warehouse.ErrJobExists)
	}
	switch _, err := d.known(ctx, job.ID); {
	case err == nil:
		return fmt.Errorf("job %s: %w", job.ID, warehouse.ErrJobExists)
	case !errors.Is(err, warehouse.ErrNotFound):
		return err
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

// Wait keeps the promise of warehouse.Driver.
func (d *Driver) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	d.mu.Lock()
	p := d.pending[id]
	d.mu.Unlock()
	if p == nil {
		return d.known(ctx, id)
	}
	select {
	case <-p.done:
		return p.status, p.err
	case <-ctx.Done():
		return warehouse.Status{}, fmt.Errorf("job %s is still under way: %w", id, ctx.Err())
	}
}

// run does the job and writes its outcome down. Its error says that neither was possible.
func (d *Driver) run(ctx context.Context, job warehouse.Job, submitted time.Time) (warehouse.Status, error) {
	var status warehouse.Status
	started := d.now()
	dir, files, failed := d.fetchAll(ctx, job.Load)
	if dir != "" {
		defer os.RemoveAll(dir) // what stays after all goes when the file is next opened
	}
	if failed == nil {
		failed = d.write(ctx, func(conn *sql.Conn, tx *sql.Tx) error {
			done, err := execute(ctx, conn, tx, job, files)
			if err != nil {
				return err
			}
			status = d.finished(job, started, done.rows, nil)
			return writeDown(ctx, tx, status, submitted, done.result)
		})
	}
	if failed == nil {
		return status, nil
	}
	if ctx.Err() != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", job.ID, errClosed)
	}
	err := d.write(ctx, func(_ *sql.Conn, tx *sql.Tx) error {
		status = d.finished(job, started, 0, jobError(job.ID, failed))
		return writeDown(ctx, tx, status, submitted, nil)
	})
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s failed (%w), and that cannot be written down: %w", job.ID, failed, err)
	}
	return status, nil
}

// write runs a change in a transaction, alone.
func (d *Driver) write(ctx context.Context, change func(*sql.Conn, *sql.Tx) error) error {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
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
	if d.commits++; d.commits%settleEvery == 0 {
		d.settle(ctx, conn)
	}
	return nil
}

const (
	// maxUnsettled is how much memory may hold what is committed and stands in the file's log only.
	maxUnsettled = 16 << 20
	// settleEvery is after how many commits that is looked at, which takes as long as a small job.
	settleEvery = 16
)

// settle moves committed tables from memory to the file once they are large together. DuckDB itself goes by the length
// of its log, and many small tables fill the memory long before that. Another write under way can keep it from doing so;
// it comes round again.
func (d *Driver) settle(ctx context.Context, conn *sql.Conn) {
	var held int64
	err := conn.QueryRowContext(ctx, "SELECT memory_usage_bytes FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'").Scan(&held)
	if err == nil && held > maxUnsettled {
		_, err = conn.ExecContext(ctx, "CHECKPOINT")
	}
	if err != nil && ctx.Err() == nil {
		slog.DebugContext(ctx, "the warehouse cannot move its log into its file", "warehouse", d.path, "error", err)
	}
}

// finished is the status of a job that ends now. No two jobs end at the same time, nor does a later one end before an
// earlier, whatever the clock does: the newest load of a table is told by this time.
func (d *Driver) finished(job warehouse.Job, started time.Time, rows int64, failure *warehouse.JobError) warehouse.Status {
	now := d.now().UTC().Truncate(time.Microsecond)
	if !now.After(d.last) {
		now = d.last.Add(time.Microsecond)
	}
	d.last = now
	s := warehouse.Status{ID: job.ID, Labels: job.Labels, Done: true, Ended: now}
	s.Stats = warehouse.Stats{Rows: rows, Duration: d.now().Sub(started).Truncate(time.Microsecond)}
	if failure != nil {
		s.Err = failure
	}
	return s
}

func writeDown(ctx context.Context, q querier, s warehouse.Status, submitted time.Time, res *result) error {
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
	if failure, ok := s.Err.(*warehouse.JobError); ok {
		reason, message, transient = failure.Reason, failure.Message, failure.Transient
	}
	_, err = q.ExecContext(ctx, "INSERT INTO rollcall.jobs VALUES ($1, $2::JSON, $3, $4, $5, $6, $7, $8, $9, $10::JSON)",
		s.ID, string(labels), submitted.UTC(), s.Ended, s.Stats.Duration.Microseconds(), s.Stats.Rows, reason, message, transient, rows)
	if err != nil {
		return fmt.Errorf("job %s: write its row in rollcall.jobs: %w", s.ID, err)
	}
	return nil
}

// known is the status of a job that is done, from rollcall.jobs.
func (d *Driver) known(ctx context.Context, id string) (warehouse.Status, error) {
	s := warehouse.Status{ID: id, Done: true}
	var labels string
	var took int64
	var reason, message sql.NullString
	var transient sql.NullBool
	row := d.db.QueryRowContext(ctx, `SELECT labels::VARCHAR, ended_at, took_us, affected, reason, message, transient
		FROM rollcall.jobs WHERE id = $1`, id)
	err := row.Scan(&labels, &s.Ended, &took, &s.Stats.Rows, &reason, &message, &transient)
	if errors.Is(err, sql.ErrNoRows) {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, warehouse.ErrNotFound)
	}
	if err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: %w", id, err)
	}
	if err := json.Unmarshal([]byte(labels), &s.Labels); err != nil {
		return warehouse.Status{}, fmt.Errorf("job %s: its labels in rollcall.jobs: %w", id, err)
	}
	s.Ended, s.Stats.Duration = s.Ended.UTC(), time.Duration(took)*time.Microsecond
	if reason.Valid {
		s.Err = &warehouse.JobError{ID: id, Reason: reason.String, Message: message.String, Transient: transient.Bool}
	}
	return s, nil
}
