package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/event"
)

const (
	// rounds bounds how often one turn decides; more than a few mean that others keep on writing before it.
	rounds = 24
	// grace is how long the last writes of a turn may take once its request has ended.
	grace = 30 * time.Second
)

// reconciler is one instance's turn at a target: decide, do, and decide again on what came of it, until nothing is left to do.
type reconciler struct {
	*Coordinator
	plan.Target
	log ledger.Log

	view   *ledger.View // nil: to be read anew
	newest *ledger.Run
	seq    int    // of newest
	over   string // token of the started record whose attempt is known to be over
	fails  int    // attempts that ended by the warehouse's own trouble
	waits  *backoff.ExponentialBackOff
}

// reconcile takes a target's turn. It reports whether a materialized event was published.
func (c *Coordinator) reconcile(ctx context.Context, target plan.Target, s *state) (announced bool, err error) {
	t := &reconciler{Coordinator: c, Target: target, log: ledger.LogOf(target.Model, target.Partition), waits: backoff.NewExponentialBackOff()}
	release, waited, err := c.locks.Lock(ctx, t.log)
	if err != nil {
		return false, fmt.Errorf("%w: another request is at it: %w", ErrBusy, err)
	}
	defer release()
	if !waited {
		t.setState(s)
	}
	for range rounds {
		done, announced, err := t.step(ctx)
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if done || err != nil {
			return announced, err
		}
	}
	return false, fmt.Errorf("%w: others wrote to %s before us, %d times", ErrBusy, t.log, rounds)
}

func (t *reconciler) setState(s *state) {
	t.view, t.newest, t.seq = s.view, nil, s.view.Seq(t.log)
	if newest, ok := s.newest[t.log]; ok {
		t.newest = &newest
	}
}

// step decides once, and does what was decided.
func (t *reconciler) step(ctx context.Context) (done, announced bool, err error) {
	if t.view == nil {
		s, err := t.reloadTarget(ctx, t.Target)
		if err != nil {
			return false, false, err
		}
		t.setState(s)
	}
	d := t.decide()
	t.Log.DebugContext(ctx, "decided", "model", t.Model.Name, "partition", t.Partition.String(), "action", d.Action, "status", d.Status)
	switch d.Action {
	case plan.Nothing:
		return true, false, nil
	case plan.Wait:
		return false, false, fmt.Errorf("%w: coordinator %.8s is at it, until %s at the latest",
			ErrBusy, t.newest.Writer, t.newest.LeaseEnd.Format(time.RFC3339))
	case plan.Announce:
		return true, true, t.announce(ctx)
	case plan.GiveUp:
		d.Run.At = t.Now().UTC()
		return false, false, t.append(ctx, d.Run)
	case plan.Fence:
		published, err := t.runner.Fence(ctx, t.Model, *t.newest)
		if err != nil {
			return false, false, err
		}
		if !published {
			t.over = t.newest.Token
			return false, false, nil
		}
		d.Run = *t.newest // so that the ledger knows of what was published
	}
	return false, false, t.carryOut(ctx, d.Run)
}

// decide puts together what is known of the target. A started run of this instance's own is never left alone: no other
// goroutine is at it while this turn lasts.
func (t *reconciler) decide() plan.Decision {
	l := plan.Log{Newest: t.newest}
	if n := t.newest; n != nil && n.State == ledger.Started {
		l.Ended = n.Token == t.over
		l.Live = !t.Alone && n.Writer != t.ledger.Writer() && t.Now().Before(n.LeaseEnd)
	}
	return t.planner.Decide(t.planner.Call(t.Target, t.view), l, t.view, t.Now())
}

// carryOut appends a started record, carries its attempt to an end, and appends that. When another wrote first, the
// ledger is read anew.
func (t *reconciler) carryOut(ctx context.Context, record ledger.Run) error {
	record.At = t.Now().UTC()
	record.LeaseEnd = record.At.Add(t.limits.Lease)
	if err := t.append(ctx, record); err != nil || t.view == nil {
		return err
	}
	started := *t.newest
	end, err := t.runner.Attempt(ctx, t.Model, started)
	var over *run.TransientError
	switch {
	case errors.Is(err, run.ErrFenced):
		t.view, t.over = nil, started.Token
		return nil
	case errors.As(err, &over):
		return t.again(ctx, started, over)
	case err != nil:
		return err
	}
	return t.end(ctx, end, started)
}

// again lets the next attempt follow one that is over, after a while. After the last of this request, the run is recorded
// as failed, to be tried again when the event is delivered again.
func (t *reconciler) again(ctx context.Context, started ledger.Run, over *run.TransientError) error {
	t.over = started.Token
	if t.fails++; t.fails < t.limits.Attempts {
		t.Log.WarnContext(ctx, "attempt is over, another follows", "model", t.Model.Name, "partition", t.Partition.String(),
			"attempt", started.Attempt, "error", over.Err)
		select {
		case <-time.After(t.waits.NextBackOff()):
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	end := started
	end.State, end.Transient, end.Reason, end.LeaseEnd = ledger.Failed, true, over.Err.Error(), time.Time{}
	if err := t.end(ctx, end, started); err != nil {
		return errors.Join(err, over)
	}
	return fmt.Errorf("%d attempts: %w", t.fails, over.Err)
}

// levels says how loud the end of a run is logged.
var levels = map[ledger.State]slog.Level{
	ledger.Succeeded: slog.LevelInfo, ledger.Failed: slog.LevelError, ledger.AuditFailed: slog.LevelError,
}

// end appends the record of a run's end.
func (t *reconciler) end(ctx context.Context, end, started ledger.Run) error {
	end.At = t.Now().UTC()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := t.append(ctx, end); err != nil || t.view == nil {
		return err
	}
	took := end.At.Sub(started.At)
	attrs := []any{"model", end.Model, "partition", end.Partition.String(), "state", end.State, "attempt", end.Attempt,
		"fingerprint", end.Fingerprint[:12], "took", took}
	if end.State == ledger.Succeeded {
		attrs = append(attrs, "rows", end.Published.Rows)
	} else {
		attrs = append(attrs, "reason", end.Reason, "failures", end.Failures, "begun", started.At.Format(time.RFC3339),
			"blocks", t.blocked([]string{t.Model.TableName()}, end.Partition), "hint", hint(end),
			"command", t.command(fmt.Sprintf("go run ./scripts/rollcall explain %s %s", end.Model, end.Partition)))
	}
	t.Log.Log(ctx, levels[end.State], "run ended", attrs...)
	if t.Observe != nil {
		t.Observe(*t.newest, took)
	}
	return nil
}

// hint is what a person can do about a run that ended so.
func hint(end ledger.Run) string {
	switch {
	case end.Transient:
		return "nothing: it is tried again by itself"
	case end.State == ledger.AuditFailed:
		return "look at the staged rows, which stand for a day; then mend the source and load again, or mend the check and deploy"
	}
	return fmt.Sprintf("mend the SQL and deploy, or mend the data and load again: it then runs by itself; with the same of both: "+
		"go run ./scripts/rollcall replay --date %s --model %s", end.Partition, end.Model)
}

// append writes the next record of the log. When another wrote first, the view is given up.
func (t *reconciler) append(ctx context.Context, record ledger.Run) error {
	written, err := t.ledger.Append(ctx, t.log, t.seq+1, record)
	if errors.Is(err, ledger.ErrTaken) {
		t.view = nil
		return nil
	}
	if err != nil {
		return err
	}
	t.newest, t.seq = &written, t.seq+1
	return nil
}

// announce publishes what stands in the target's table; the event is an arrival like any other for the models that read it.
func (t *reconciler) announce(ctx context.Context) error {
	s := t.newest.Published
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	e := event.Event{
		Version: event.Version, Type: event.Materialized, Source: t.Model.Name, Partition: t.Partition,
		LoadID: fmt.Sprintf("%s_a%d", s.Fingerprint[:12], s.Attempt),
		Tables: []event.Table{{Table: t.Model.TableName(), Rows: s.Rows, Digest: s.Digest, LoadedAt: s.PublishedAt}},
	}
	if err := t.Events.Publish(ctx, e); err != nil || t.ownHold == "" {
		return err
	}
	return t.ledger.RecordArrivals(ctx, e, t.Now())
}
