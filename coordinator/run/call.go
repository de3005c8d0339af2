package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/warehouse"
)

// maxTries bounds how often one call to the warehouse is made while it fails.
const maxTries = 5

// notFound is the reason of a job whose table does not exist. Staging tables expire; an attempt resumed
// later cannot finish, and the next one stages again.
const notFound = "notFound"

// finalError is an error that the same inputs would cause again.
type finalError struct{ error }

func (e *finalError) Unwrap() error { return e.error }

// do submits a job of the attempt, unless it was submitted before, and waits for it. It returns a
// *TransientError or a *finalError if the job failed, and ErrFenced if a fence has taken its id.
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
		if job.Copy != nil { // not every warehouse reports the rows of a copy; they are those that were audited
			rows = a.published.Rows
		}
		a.run.Jobs = append(a.run.Jobs, ledger.Job{
			ID: job.ID, Rows: rows, BytesBilled: status.Stats.BytesBilled,
			SlotTime: status.Stats.SlotTime, Duration: status.Stats.Duration,
		})
		return status, nil
	}
	return status, jobError(job, status.Err)
}

// jobError returns what a failed or refused job means for its attempt: a *finalError or a *TransientError.
func jobError(job warehouse.Job, err error) error {
	var failed *warehouse.JobError
	if errors.As(err, &failed) && (failed.Transient || failed.Reason == notFound && job.Labels[labelStep] != stepStage) {
		return &TransientError{err}
	}
	return &finalError{err}
}

// submit submits a job, and reports whether its id was taken already. A job that the warehouse refuses
// counts as one that failed, unless the error is transient: then its id is still free, and it is submitted
// again.
func (a *attempt) submit(ctx context.Context, job warehouse.Job) (taken bool, err error) {
	return call(ctx, "submit "+job.ID, func() (bool, error) {
		err := a.Warehouse.Submit(ctx, job)
		var refused *warehouse.JobError
		switch {
		case errors.Is(err, warehouse.ErrJobExists):
			return true, nil
		case errors.As(err, &refused) && !refused.Transient:
			return false, backoff.Permanent(jobError(job, err))
		}
		return false, err
	})
}

func (a *attempt) wait(ctx context.Context, id string) (warehouse.Status, error) {
	return call(ctx, "wait for "+id, func() (warehouse.Status, error) { return a.Warehouse.Wait(ctx, id) })
}

// ensureInputs creates the tables of models that are read but were never published, where the mapping
// allows that. The query finds them empty.
func (a *attempt) ensureInputs(ctx context.Context) error {
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

// ensure creates a table, unless it exists. It fails for good if the existing columns differ.
func (a *attempt) ensure(ctx context.Context, def warehouse.Definition) error {
	_, err := call(ctx, "create table "+def.Table.String(), func() (struct{}, error) {
		err := a.Warehouse.EnsureTable(ctx, def)
		if errors.Is(err, warehouse.ErrSchemaDrift) {
			err = backoff.Permanent(&finalError{fmt.Errorf(
				"%w; give the model's new columns other names, or drop the table and run its partitions again: %s",
				err, hint.CommandLine("", "replay", "--gone"))})
		}
		return struct{}{}, err
	})
	return err
}

// call calls f with backoff until it succeeds, at most maxTries times and until ctx ends. f must be safe to
// repeat.
func call[T any](ctx context.Context, what string, f func() (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = 200*time.Millisecond, 5*time.Second
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, err := f()
		if err != nil && ctx.Err() != nil {
			err = backoff.Permanent(err)
		}
		return v, err
	}, backoff.WithBackOff(wait), backoff.WithMaxTries(maxTries))
	if err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}
