// Package run carries out one attempt of a model's partition: stage, audit, publish.
//
// An attempt is a chain of jobs whose ids follow from its record in the ledger, "<step>_<model>_<partition>_<fp12>_a<attempt>".
// The warehouse takes each id once. So an attempt may be carried on by anybody who holds the record, at any moment and by
// several at once: each finds what is done under its id, and every job takes effect once.
//
//   - stage: the model's query into a table of this attempt's own.
//   - audit: one query over the staged rows, for the digest and for every check. A check that fails ends the run.
//   - publish: the staged rows replace the partition or the whole table, or are merged into it.
//
// An attempt that is of no use any more is fenced: its publish job's id is used up by a job that does nothing. From then
// on nobody can publish it, however late they wake. That, and not a lease, is what keeps an old version from overwriting
// a newer one.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/warehouse"
)

// ErrFenced: the attempt can never publish any more. Whoever fenced it has seen a newer state of the ledger.
var ErrFenced = errors.New("attempt is fenced")

// TransientError says that a job of an attempt ended without effect through the warehouse's own trouble: the attempt is over,
// and another may succeed.
type TransientError struct{ Err error }

func (e *TransientError) Error() string { return "attempt is over: " + e.Err.Error() }
func (e *TransientError) Unwrap() error { return e.Err }

// grace is how long the last writes of a run may take once the request that it ran for has ended.
const grace = 30 * time.Second

// Runner carries out attempts in one warehouse.
type Runner struct {
	Manifest       *manifest.Manifest // of the models that may be run
	Warehouse      warehouse.Driver
	Pipeline       string // a label of every job
	MaxBytesBilled int64  // of each query; 0 leaves it to the warehouse
	Log            *slog.Logger
}

// attempt is one attempt of one model's partition.
type attempt struct {
	*Runner
	model *manifest.Model
	sql   manifest.Statements
	run   ledger.Run // becomes the record of its end

	standing ledger.Published // what publishing will make stand
	audited  bool             // and whether it has passed its audit
}

// Attempt carries on the attempt of a started run to its end, and gives the record of that end, which the caller appends.
// An error means that there is no end yet: *OverError and ErrFenced as they say; any other, that of ctx among them, says
// that the attempt can be carried on later as it is.
func (r *Runner) Attempt(ctx context.Context, m *manifest.Model, started ledger.Run) (ledger.Run, error) {
	sql, ok := m.SQL[r.Warehouse.Dialect()]
	if !ok {
		return ledger.Run{}, fmt.Errorf("run %s: the manifest has no %s statements; run go generate ./coordinator/models",
			m.Name, r.Warehouse.Dialect())
	}
	a := &attempt{Runner: r, model: m, sql: sql, run: started}
	a.run.LeaseEnd, a.run.Jobs = time.Time{}, nil
	err := a.steps(ctx)
	var final *finalError
	if errors.As(err, &final) {
		err = a.fail(ctx, final)
	}
	if err != nil {
		return ledger.Run{}, fmt.Errorf("run %s %s: %w", m.Name, started.Partition, err)
	}
	return a.run, nil
}

func (a *attempt) steps(ctx context.Context) error {
	if err := a.ensureAbsent(ctx); err != nil {
		return err
	}
	status, err := a.do(ctx, a.stage())
	if status.Done {
		a.run.Staged = ledger.Window{From: status.Ended.Add(-status.Stats.Duration).UTC(), To: status.Ended.UTC()}
	}
	if err != nil {
		return err
	}
	failures, err := a.audit(ctx)
	if err != nil {
		return err
	}
	if len(failures) > 0 {
		a.run.State, a.run.Failures = ledger.AuditFailed, failures
		return nil
	}
	a.audited = true
	if err := a.ensure(ctx, a.target()); err != nil {
		return err
	}
	return a.complete(ctx)
}

// complete publishes what has passed its audit. From then on the run is a success, whatever else happens, so what is left
// to do does not end with ctx.
func (a *attempt) complete(ctx context.Context) error {
	status, err := a.do(ctx, a.publish())
	if err != nil {
		return err
	}
	a.standing.PublishedAt = status.Ended.UTC().Truncate(time.Microsecond)
	a.run.State, a.run.Published = ledger.Succeeded, &a.standing
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	a.redescribe(ctx)
	a.freshen(ctx)
	return nil
}

// redescribe gives a whole table its descriptions again: in BigQuery a copy over it takes the staged table's columns, which
// have none. What was published stands all the same, so trouble here is logged, and the next run mends it.
func (a *attempt) redescribe(ctx context.Context) {
	if a.model.Materialized != manifest.Table {
		return
	}
	if err := a.ensure(ctx, a.target()); err != nil {
		a.Log.WarnContext(ctx, "the published table was not described again",
			"model", a.model.Name, "partition", a.run.Partition.String(), "error", err)
	}
}

// fail ends a run that can never succeed with these inputs. The record will say that nothing was published, so that has
// to be made sure of first: another who carries on the same attempt may have met a warehouse where it could be.
func (a *attempt) fail(ctx context.Context, why *finalError) error {
	published, err := a.Fence(ctx, a.model, a.run)
	switch {
	case err != nil:
		return errors.Join(err, why)
	case published && a.audited:
		return a.complete(ctx)
	case published:
		return fmt.Errorf("another coordinator has published this attempt in the meantime: %w", why.Unwrap())
	}
	a.run.State, a.run.Reason = ledger.Failed, why.Error()
	return nil
}

// Fence makes sure that an attempt which has not published yet never will, and reports whether it has. It waits for a
// publication that is under way.
func (r *Runner) Fence(ctx context.Context, m *manifest.Model, run ledger.Run) (published bool, err error) {
	a := &attempt{Runner: r, model: m, run: run}
	job := a.job(stepPublish)
	job.Labels[labelStep] = stepFence
	job.Query = &warehouse.Query{SQL: "SELECT 1 AS fence"}
	taken, err := a.submit(ctx, job)
	if err != nil {
		return false, err
	}
	if !taken {
		return false, nil
	}
	status, err := a.wait(ctx, job.ID)
	if err != nil {
		return false, err
	}
	return status.Err == nil && status.Labels[labelStep] != stepFence, nil
}
