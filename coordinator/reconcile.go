package coordinator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/shared/event"
)

const (
	// maxRounds bounds the decisions of one reconciliation; more than a few mean that others keep writing
	// first.
	maxRounds = 24
	// grace is how long the last writes of a reconciliation may take after its request has ended.
	grace = 30 * time.Second
)

// reconcileAll reconciles targets, the shallow ones first and those of one depth at the same time. It
// returns those that it announced.
//
// It leaves out a target that reads what has just been announced or has yet to be: an event will bring that
// target up to date, and now it would only run twice. A target that would read it by latest, but has
// something newer to read, is reconciled, because no event will come for it. Under the coordinator's own
// hold, what is announced has arrived at once, and its readers are reconciled when all shallower targets
// are done.
//
// The targets of a whole table are reconciled one after another, the newest first: an older one is needed only if it fails.
func (c *Coordinator) reconcileAll(ctx context.Context, targets []plan.Target,
	s *state) (announced []plan.Target, err error) {
	var mu sync.Mutex
	var errs []error
	changing := map[plan.TablePartition]bool{}
	for depth := 0; len(targets) > 0; depth++ {
		if c.ownHold != "" && depth > 0 {
			if s, _, err = c.loadState(ctx, exactly(targets...)); err != nil {
				return announced, errors.Join(append(errs, err)...)
			}
		}
		shallower := maps.Clone(changing) // only these can be read at this depth
		var lists [][]plan.Target         // those of one log together
		targets = slices.DeleteFunc(targets, func(t plan.Target) bool {
			if c.planner.Depth(t.Model) > depth {
				return false
			}
			if !c.planner.Reads(t, shallower, s.view) {
				lists = addTarget(lists, t)
			}
			return true
		})
		var group errgroup.Group
		group.SetLimit(c.limits.Parallel)
		for _, list := range lists {
			group.Go(func() error {
				done, err := c.reconcile(ctx, list, s)
				mu.Lock()
				defer mu.Unlock()
				announced = append(announced, done...)
				if err != nil {
					errs, done = append(errs, err), list
				}
				if c.ownHold == "" || err != nil {
					maps.Copy(changing, plan.Set(plan.Outputs(done)))
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return announced, err
		}
	}
	return announced, mostSerious(errs)
}

// addTarget adds a target to the list of its log.
func addTarget(lists [][]plan.Target, t plan.Target) [][]plan.Target {
	i := slices.IndexFunc(lists, func(list []plan.Target) bool { return isTable(t) && list[0].Model == t.Model })
	if i < 0 {
		return append(lists, []plan.Target{t})
	}
	lists[i] = append(lists[i], t)
	return lists
}

// mostSerious joins the errors other than ErrBusy; if there are none, it joins the rest.
func mostSerious(errs []error) error {
	serious := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil || errors.Is(err, ErrBusy) })
	if len(serious) > 0 {
		return errors.Join(serious...)
	}
	return errors.Join(errs...)
}

// reconciler brings the targets of one log up to date, one after another: it decides, acts, and decides again on the
// result, until nothing is left to do.
type reconciler struct {
	*Coordinator
	plan.Target
	log ledger.Log

	state    *state      // nil: the ledger must be read again
	newest   *ledger.Run // the newest record of log; nil if there is none
	seq      int         // its number
	ended    string      // token of the started record whose attempt is known to have ended
	failures int         // attempts of the target that ended by a transient error
	delays   *backoff.ExponentialBackOff
}

// reconcile brings the targets of one log up to date, the newest first, until one of them supersedes the others. It
// returns those of which it published a materialized event.
func (c *Coordinator) reconcile(ctx context.Context, targets []plan.Target, s *state) (announced []plan.Target, err error) {
	slices.SortFunc(targets, func(a, b plan.Target) int { return b.Partition.Compare(a.Partition) })
	r := &reconciler{Coordinator: c, log: ledger.LogOf(targets[0].Model, targets[0].Partition)}
	unlock, waited, err := c.locks.Lock(ctx, r.log)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: another request is running it: %w", targets[0], ErrBusy, err)
	}
	defer unlock()
	if !waited {
		r.setState(s)
	}
	for _, t := range targets {
		if plan.Supersedes(r.newest, t) {
			break
		}
		told, err := r.reconcile(ctx, t)
		if told {
			announced = append(announced, t)
		}
		if err != nil {
			return announced, fmt.Errorf("%s: %w", t, err)
		}
		if r.state != s { // read again, for this target alone
			r.state = nil
		}
	}
	return announced, nil
}

// reconcile brings one target up to date, and reports whether it published a materialized event.
func (r *reconciler) reconcile(ctx context.Context, t plan.Target) (announced bool, err error) {
	r.Target, r.failures, r.delays = t, 0, backoff.NewExponentialBackOff()
	for range maxRounds {
		done, told, err := r.step(ctx)
		announced = announced || told
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if done || err != nil {
			return announced, err
		}
	}
	return announced, fmt.Errorf("%w: others wrote to %s first, %d times", ErrBusy, r.log, maxRounds)
}

func (r *reconciler) setState(s *state) {
	r.state, r.newest, r.seq = s, s.newest[r.log], s.view.Seq(r.log)
}

// step decides once and acts on the decision.
func (r *reconciler) step(ctx context.Context) (done, announced bool, err error) {
	if r.state == nil {
		s, _, err := r.loadState(ctx, exactly(r.Target))
		if err != nil {
			return false, false, err
		}
		r.setState(s)
	}
	d, err := r.decideNow(ctx)
	if err != nil {
		return false, false, err
	}
	r.Log.DebugContext(ctx, "decided", "model", r.Model.Name, "partition", r.Partition.String(),
		"action", d.Action, "status", d.Status)
	switch d.Action {
	case plan.Nothing:
		return true, false, nil
	case plan.Wait:
		return false, false, r.wait(ctx, d)
	case plan.Announce:
		if err := r.announce(ctx); err != nil || d.Until.IsZero() {
			return true, true, err
		}
		return false, true, r.wait(ctx, d)
	case plan.GiveUp:
		d.Run.At = r.Now().UTC()
		return false, false, r.append(ctx, d.Run)
	case plan.Fence:
		published, err := r.runner.Fence(ctx, r.Model, *r.newest)
		if err != nil {
			return false, false, err
		}
		if !published {
			r.ended = r.newest.Token
			return false, false, nil
		}
		d.Run = *r.newest // so that the ledger records what was published
	}
	return false, false, r.carryOut(ctx, d.Run)
}

// maxPause is the longest wait of a reconciliation before it runs a model again.
const maxPause = 10 * time.Second

// wait returns nil if the decision is soon to be made again, and ErrBusy if it takes longer.
func (r *reconciler) wait(ctx context.Context, d plan.Decision) error {
	if d.Status == plan.Running {
		return fmt.Errorf("%w: coordinator %.8s is running it, until %s at the latest",
			ErrBusy, r.newest.Writer, d.Until.Format(time.RFC3339))
	}
	pause := d.Until.Sub(r.Now())
	if pause > maxPause {
		return fmt.Errorf("%w: an input is announced as loaded after it was read; it is read again at %s",
			ErrBusy, d.Until.Format(time.RFC3339))
	}
	r.state = nil
	return sleep(ctx, pause)
}

// sleep waits, or returns why ctx has ended before.
func sleep(ctx context.Context, pause time.Duration) error {
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// decide returns the decision about a target whose newest run is given. ended is the token of a started
// record whose attempt is known to have ended. This instance's own started run is never live: the lock
// keeps other goroutines away from it.
func (c *Coordinator) decide(s *state, t plan.Target, newest *ledger.Run, ended string) plan.Decision {
	log := plan.Log{Newest: newest}
	if newest != nil && newest.State == ledger.Started {
		log.Ended = newest.Token == ended
		log.Live = !c.Exclusive && newest.Writer != c.ledger.Writer() && c.Now().Before(newest.LeaseEnd)
	}
	return c.planner.Decide(c.planner.Call(t, s.view), log, s.view, c.Now())
}

// carryOut appends a started record, carries its attempt to an end, and appends that. If another
// coordinator wrote first, the ledger is read again.
func (r *reconciler) carryOut(ctx context.Context, record ledger.Run) error {
	record.At = r.Now().UTC()
	record.LeaseEnd = record.At.Add(r.limits.Lease)
	if err := r.append(ctx, record); err != nil || r.state == nil {
		return err
	}
	started := *r.newest
	end, err := r.runner.Attempt(ctx, r.Model, started)
	var transient *run.TransientError
	switch {
	case errors.Is(err, run.ErrFenced):
		r.state, r.ended = nil, started.Token
		return nil
	case errors.As(err, &transient):
		return r.retry(ctx, started, transient)
	case err != nil:
		return err
	}
	return r.end(ctx, end, started)
}

// retry waits before the next attempt, after one that ended by a transient error. After the last attempt of
// this request it records a failure, which the next delivery of the event retries.
func (r *reconciler) retry(ctx context.Context, started ledger.Run, transient *run.TransientError) error {
	r.ended = started.Token
	if r.failures++; r.failures < r.limits.Attempts {
		r.Log.WarnContext(ctx, "attempt ended by a transient error, another follows", "model", r.Model.Name,
			"partition", r.Partition.String(), "attempt", started.Attempt, "error", transient.Err)
		return sleep(ctx, r.delays.NextBackOff())
	}
	end := started
	end.State, end.Transient, end.Reason, end.LeaseEnd = ledger.Failed, true, transient.Err.Error(), time.Time{}
	if err := r.end(ctx, end, started); err != nil {
		return errors.Join(err, transient)
	}
	return fmt.Errorf("%d attempts: %w", r.failures, transient.Err)
}

var endLevels = map[ledger.State]slog.Level{
	ledger.Succeeded: slog.LevelInfo, ledger.Failed: slog.LevelError, ledger.AuditFailed: slog.LevelError,
}

// end appends the record of a run's end, and logs it.
func (r *reconciler) end(ctx context.Context, end, started ledger.Run) error {
	end.At = r.Now().UTC()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := r.append(ctx, end); err != nil || r.state == nil {
		return err
	}
	took := end.At.Sub(started.At)
	attrs := []any{"model", end.Model, "partition", end.Partition.String(), "state", end.State, "attempt", end.Attempt,
		"fingerprint", end.Fingerprint[:12], "took", took}
	level := endLevels[end.State]
	if end.State == ledger.Succeeded {
		attrs = append(attrs, "rows", end.Published.Rows)
		if len(end.Failures) > 0 {
			level, attrs = slog.LevelWarn, append(attrs, "warnings", end.Failures)
		}
	} else {
		text, command := r.advice(fault(end))
		attrs = append(attrs, "reason", end.Reason, "failures", end.Failures, "begun", started.At.Format(time.RFC3339),
			"blocks", r.blocked([]string{r.Model.TableName()}, end.Partition), "hint", text, "command", command)
	}
	r.Log.Log(ctx, level, "run ended", attrs...)
	if r.OnRunEnd != nil {
		r.OnRunEnd(*r.newest, took)
	}
	return nil
}

// fault returns what is wrong with a run that ended without success.
func fault(end ledger.Run) hint.Fault {
	f := hint.Fault{Code: hint.RunFailed, Model: end.Model, Partition: end.Partition}
	switch {
	case end.Transient:
		f.Code = hint.Retried
	case end.State == ledger.AuditFailed:
		f.Code = hint.AuditFailed
	}
	return f
}

// append writes the next record of the log. If another coordinator wrote first, it drops the state instead.
func (r *reconciler) append(ctx context.Context, record ledger.Run) error {
	written, err := r.ledger.Append(ctx, r.log, r.seq+1, record)
	if errors.Is(err, ledger.ErrTaken) {
		r.state = nil
		return nil
	}
	if err != nil {
		return err
	}
	r.newest, r.seq = &written, r.seq+1
	return nil
}

// announce publishes the event for what the target's table holds. To the models that read the table it is
// an arrival.
func (r *reconciler) announce(ctx context.Context) error {
	p := r.newest.Published
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	e := event.Event{
		Version: event.Version, Type: event.Materialized, Source: r.Model.Name, Partition: r.Partition,
		LoadID: fmt.Sprintf("%s_a%d", p.Fingerprint[:12], p.Attempt),
		Tables: []event.Table{{Table: r.Model.TableName(), Rows: p.Rows, Digest: p.Digest, LoadedAt: p.PublishedAt}},
	}
	if err := r.Events.Publish(ctx, e); err != nil || r.ownHold == "" {
		return err
	}
	return r.ledger.RecordArrivals(ctx, e, r.Now())
}
