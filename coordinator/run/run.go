// Package run carries out one attempt of a model's partition: stage, audit, publish.
//
// An attempt is a chain of jobs. Their ids follow from its record in the ledger:
// "<step>_<model>_<partition>_<fp12>_a<attempt>". The warehouse accepts each id once. So any coordinator
// that has the record can carry on the attempt at any time, even several at once: each finds the jobs that
// exist under their ids, and every job takes effect once.
//
//   - stage: the model's query writes into a table of this attempt's own.
//   - audit: one query over the staged rows computes the digest and every check. A check that fails ends the run,
//     unless it only warns.
//   - publish: the staged rows replace the partition or the whole table, or are merged into it.
//
// An attempt that is out of date is fenced: a job that does nothing takes the id of its publish job. After
// that the attempt can never be published, however late its coordinator wakes up. The fence, and not a
// lease, keeps an old version from overwriting a newer one.
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

// ErrFenced means that the attempt can never publish. The coordinator that fenced it has seen a newer state
// of the ledger.
var ErrFenced = errors.New("attempt is fenced")

// TransientError says that a job of an attempt ended without effect by a fault of the warehouse. The
// attempt has ended, and the next may succeed.
type TransientError struct{ Err error }

func (e *TransientError) Error() string { return "attempt has ended: " + e.Err.Error() }
func (e *TransientError) Unwrap() error { return e.Err }

// grace is how long the last writes of a run may take after its request has ended.
const grace = 30 * time.Second

// Runner carries out attempts in one warehouse.
type Runner struct {
	Manifest       *manifest.Manifest // holds the models that may run
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
	run   ledger.Run // becomes the record of the end

	published ledger.Published // what the table holds once this attempt is published
	warnings  []ledger.Failure // of the audit
	passed    bool             // the staged rows have passed the audit
}

// Attempt carries the attempt of a started run to its end, and returns the record of that end for the
// caller to append. It returns a *TransientError or ErrFenced if the attempt has ended without one. After
// any other error, including that of ctx, the attempt can be carried on later.
func (r *Runner) Attempt(ctx context.Context, m *manifest.Model, started ledger.Run) (ledger.Run, error) {
	sql, ok := m.SQL[r.Warehouse.Dialect()]
	if !ok {
		return ledger.Run{}, fmt.Errorf("run %s: the manifest has no %s statements; run go generate ./coordinator/models",
			m.Name, r.Warehouse.Dialect())
	}
	a := &attempt{Runner: r, model: m, sql: sql, run: started}
	a.run.LeaseEnd, a.run.Jobs = time.Time{}, nil
	err := a.steps(ctx)
	if final, ok := errors.AsType[*finalError](err); ok {
		err = a.fail(ctx, final)
	}
	if err != nil {
		return ledger.Run{}, fmt.Errorf("run %s %s: %w", m.Name, started.Partition, err)
	}
	return a.run, nil
}

func (a *attempt) steps(ctx context.Context) error {
	if err := a.ensureInputs(ctx); err != nil {
		return err
	}
	job, staged := a.job(stepStage), a.staged()
	job.Query = a.query(a.sql.Stage)
	job.Query.Destination = &staged
	status, err := a.do(ctx, job)
	if status.Done {
		a.run.Staged = ledger.Window{From: status.Ended.Add(-status.Stats.Duration).UTC(), To: status.Ended.UTC()}
	}
	if err != nil {
		return err
	}
	result, err := a.audit(ctx)
	if err != nil {
		return err
	}
	if len(result.errors) > 0 {
		a.run.State, a.run.Failures = ledger.AuditFailed, result.errors
		return nil
	}
	a.warnings, a.passed = result.warnings, true
	if err := a.ensure(ctx, definition(a.model)); err != nil {
		return err
	}
	return a.complete(ctx)
}

// complete publishes what has passed the audit. From then on the run has succeeded, whatever else happens,
// so the remaining work does not end with ctx.
func (a *attempt) complete(ctx context.Context) error {
	status, err := a.do(ctx, a.publishJob())
	if err != nil {
		return err
	}
	a.published.PublishedAt = status.Ended.UTC().Truncate(time.Microsecond)
	a.run.State, a.run.Published, a.run.Failures = ledger.Succeeded, &a.published, a.warnings
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	a.redescribe(ctx)
	a.updateFreshness(ctx)
	return nil
}

// redescribe writes the descriptions of a whole table again: in BigQuery a copy over it takes the staged
// table's columns, which have none. An error here does not undo the publication, so it is only logged; the
// next run repeats this.
func (a *attempt) redescribe(ctx context.Context) {
	if a.model.Materialized != manifest.Table {
		return
	}
	if err := a.ensure(ctx, definition(a.model)); err != nil {
		a.Log.WarnContext(ctx, "the descriptions of the published table were not written",
			"model", a.model.Name, "partition", a.run.Partition.String(), "error", err)
	}
}

// fail ends a run that can never succeed with these inputs. The record will say that nothing was published,
// so it fences the attempt first: another coordinator may be carrying on the same attempt and have had more
// success.
func (a *attempt) fail(ctx context.Context, why *finalError) error {
	published, err := a.Fence(ctx, a.model, a.run)
	switch {
	case err != nil:
		return errors.Join(err, why)
	case published && a.passed:
		return a.complete(ctx)
	case published:
		return fmt.Errorf("another coordinator has published this attempt in the meantime: %w", why.Unwrap())
	}
	a.run.State, a.run.Reason = ledger.Failed, why.Error()
	return nil
}

// Fence makes sure that an attempt which has not published yet never will, and reports whether it has. It
// waits for a publication that is under way.
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
