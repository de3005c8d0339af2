package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/warehouse"
)

// tries bounds how often one call to the warehouse is made while its connection is in trouble.
const tries = 5

// notFound is the reason of a job whose table is not there. Staged tables are let go after a while: then an attempt that is
// taken up again is over, and the next stages anew.
const notFound = "notFound"

// finalError is a fault that the same inputs would meet again.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// do submits a job of the attempt, or finds it submitted, and waits for it. A job that ended with an error is a
// *finalError, or an *OverError when the trouble was the warehouse's own.
func (a *attempt) do(ctx context.Context, job warehouse.Job) (warehouse.Status, error) {
	if _, err := a.submit(ctx, job); err != nil {
		return warehouse.Status{}, err
	}
	status, err := a.wait(ctx, job.ID)
	if err != nil {
		return warehouse.Status{}, err
	}
	if status.Labels[labelStep] == stepFence {
		return warehouse.Status{}, ErrFenced
	}
	if status.Err == nil {
		rows := status.Stats.Rows
		if job.Copy != nil { // of which not every warehouse tells the rows: they are those that were audited
			rows = a.standing.Rows
		}
		a.run.Jobs = append(a.run.Jobs, ledger.Job{
			ID: job.ID, Rows: rows, BytesBilled: status.Stats.BytesBilled,
			SlotTime: status.Stats.SlotTime, Duration: status.Stats.Duration,
		})
		return status, nil
	}
	return status, ended(job, status.Err)
}

// ended says what a job that failed or was refused means for its attempt: a *finalError, or an *OverError.
func ended(job warehouse.Job, err error) error {
	var failed *warehouse.JobError
	if errors.As(err, &failed) && (failed.Transient || failed.Reason == notFound && job.Labels[labelStep] != stepStage) {
		return &TransientError{err}
	}
	return &finalError{err}
}

// submit reports whether the id was taken already. A job that the warehouse refuses outright ends the attempt as one that
// failed does, unless the trouble is the warehouse's own: its id is free still, so it is submitted again.
func (a *attempt) submit(ctx context.Context, job warehouse.Job) (taken bool, err error) {
	return call(ctx, "submit "+job.ID, func() (bool, error) {
		err := a.Warehouse.Submit(ctx, job)
		var refused *warehouse.JobError
		switch {
		case errors.Is(err, warehouse.ErrJobExists):
			return true, nil
		case errors.As(err, &refused) && !refused.Transient:
			return false, backoff.Permanent(ended(job, err))
		}
		return false, err
	})
}

func (a *attempt) wait(ctx context.Context, id string) (warehouse.Status, error) {
	return call(ctx, "wait for "+id, func() (warehouse.Status, error) { return a.Warehouse.Wait(ctx, id) })
}

// ensureAbsent makes the tables of models that are read but have never been published, where the mapping allows that, so
// that the query finds them empty.
func (a *attempt) ensureAbsent(ctx context.Context) error {
	for _, in := range a.model.Inputs {
		name, isModel := strings.CutPrefix(in.Table, "mart.")
		if !isModel || slices.ContainsFunc(a.run.Inputs, func(there ledger.Arrival) bool { return there.Table == in.Table }) {
			continue
		}
		if err := a.ensure(ctx, definition(a.Manifest.Model(name))); err != nil {
			return err
		}
	}
	return nil
}

// ensure makes a table. Columns that differ from those that stand there need a person.
func (a *attempt) ensure(ctx context.Context, def warehouse.Definition) error {
	_, err := call(ctx, "make table "+def.Table.String(), func() (struct{}, error) {
		err := a.Warehouse.EnsureTable(ctx, def)
		if errors.Is(err, warehouse.ErrSchemaDrift) {
			err = backoff.Permanent(&finalError{fmt.Errorf(
				"%w; give the model's new columns other names, or drop the table and run its partitions again: go run ./scripts/rollcall replay --date …", err)})
		}
		return struct{}{}, err
	})
	return err
}

// call makes a call that may be repeated, again with backoff while it fails, a few times at most and no longer than ctx.
func call[T any](ctx context.Context, what string, f func() (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 5*time.Second
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, err := f()
		if err != nil && ctx.Err() != nil {
			err = backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(tries))
	if err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}
