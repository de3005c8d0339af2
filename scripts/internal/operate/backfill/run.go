package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/cli"
	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Exit statuses.
const (
	complete   = cli.Complete
	broken     = cli.Broken
	incomplete = cli.Incomplete
)

// system is what a run has of the world around it.
type system struct {
	in       io.Reader
	out, err io.Writer
	asks     bool // somebody is there to be asked
	colour   bool // out shows colours
	redraw   bool // err is a terminal that can be written over
	open     opener
	now      func() time.Time
	by       string               // who holds
	dead     func(by string) bool // reports whether whoever holds is known to have ended
	wait     deployment.RetryPolicy
}

// backfill is one run of this command.
type backfill struct {
	sys     system
	flags   Flags
	site    *deployment.Deployment
	worker  deployment.Worker
	ledger  *ledger.Ledger
	planner *plan.Planner
	scope   days.Scope
	guard   *guard
	resumed bool // it goes on with one that ended before its work was done
	stopped bool // by Ctrl-C

	plan     proposal
	before   *ledger.View // what stood in the touched partitions when this run began
	errands  []errand
	touched  []partition.Partition // of which something may be loaded
	targets  []plan.Target         // that read what was loaded
	troubles map[request]trouble
}

// run is the command: the status to exit with.
func run(ctx context.Context, f Flags, sys system) int {
	status, err := perform(ctx, f, sys)
	if err != nil {
		fmt.Fprintf(sys.err, "backfill: %v\n", err)
		return broken
	}
	return status
}

func perform(ctx context.Context, f Flags, sys system) (status int, err error) {
	began := sys.now()
	place, err := sys.open(ctx, f)
	if err != nil {
		return broken, err
	}
	defer func() { err = errors.Join(err, place.Close()) }()
	b, err := newBackfill(f, sys, place)
	if err != nil {
		return broken, err
	}
	if b.resumed, err = b.guard.inherit(ctx, b.all(), f.Restart); err != nil {
		return broken, err
	}
	if err := b.survey(ctx); err != nil {
		return broken, err
	}
	if err := b.propose(ctx); err != nil {
		return broken, err
	}
	b.writePlan()
	if f.Plan {
		return complete, b.reportPlan()
	}
	if b.resumed || b.requests() > 0 {
		if !f.Yes {
			if err := confirm(ctx, sys); err != nil {
				return broken, err
			}
		}
		var closeWorker func() error
		if b.site, b.worker, closeWorker, err = b.open(ctx, place); err != nil {
			return broken, err
		}
		defer func() { err = errors.Join(closeWorker(), err) }()
		if err := b.work(ctx); err != nil {
			if ctx.Err() == nil {
				return broken, err
			}
			b.stopped = true
			ctx = context.WithoutCancel(ctx)
		}
	}
	o, err := b.outcome(ctx)
	if err != nil {
		return broken, err
	}
	o.Milliseconds = sys.now().Sub(began).Milliseconds()
	if err := b.report(o); err != nil {
		return broken, err
	}
	if len(o.Missing) > 0 || b.stopped {
		return incomplete, nil
	}
	return complete, nil
}

// newBackfill checks the flags against the place.
func newBackfill(f Flags, sys system, place *place) (*backfill, error) {
	sc, err := newScope(f, place.Pipeline, sys.now())
	if err != nil {
		return nil, err
	}
	s := *place.Deployment
	if start := s.Pipeline.StartDay(); sc.From.Compare(start) < 0 {
		if !place.Local {
			return nil, fmt.Errorf("--from %s is before %s, the pipeline's start, and nothing is made of what lies before it; "+
				"set start in coordinator/pipeline.yaml and deploy, or begin there", sc.From, start)
		}
		s.Pipeline = s.Pipeline.WithStart(sc.From)
	}
	planner, err := plan.New(s.Manifest, s.Pipeline)
	if err != nil {
		return nil, err
	}
	b := &backfill{sys: sys, flags: f, site: &s, planner: planner, scope: sc, ledger: ledger.New(s.Store, "backfill"), troubles: map[request]trouble{}}
	dead := sys.dead
	if place.Local {
		dead = func(string) bool { return true }
	}
	h := ledger.Hold{By: sys.by, Why: "a backfill", From: sc.From, To: sc.To}
	if len(f.Source) > 0 {
		h.Sources = sc.Sources
	}
	b.guard = newGuard(b.ledger, h, sys.now, dead)
	b.guard.grows = f.To == ""
	return b, nil
}

// all are the days and months of the scope.
func (b *backfill) all() []partition.Partition {
	return slices.Concat(b.scope.Months, b.scope.Partitions(partition.Daily))
}

func (b *backfill) requests() (n int) {
	for _, e := range b.errands {
		n += len(e.requests)
	}
	return n
}

// survey works out what is to be asked, by the ledger as it stands.
func (b *backfill) survey(ctx context.Context) error {
	sc := scene{scope: b.scope, view: &ledger.View{}, snapshots: map[string]map[partition.Partition]bool{}, since: b.guard.hold.Begun, now: b.sys.now()}
	if err := b.ledger.List(ctx, sc.view, b.all()); err != nil {
		return err
	}
	b.errands = nil
	for _, name := range b.scope.Sources {
		src := b.site.Pipeline.Sources[name]
		if list := b.scope.Partitions(src.Cadence); len(list) > 0 && has(src, pipeline.Snapshot) {
			var err error
			if sc.snapshots[name], err = b.site.Staging.Snapshots(ctx, name, list[0], list[len(list)-1]); err != nil {
				return err
			}
		}
		b.errands = append(b.errands, errandFor(src, sc))
	}
	b.touched, b.before = touched(b.errands, b.scope), sc.view
	if len(b.touched) == 0 {
		b.touched = b.all() // what it goes on with was for something that cannot be had any more
	}
	return b.ledger.List(ctx, sc.view, b.touched)
}

// open opens the worker, and the ledger through it.
func (b *backfill) open(ctx context.Context, place *place) (*deployment.Deployment, deployment.Worker, func() error, error) {
	s, w, err := place.work(ctx, b.scope)
	if err != nil {
		return nil, nil, nil, err
	}
	b.ledger = ledger.New(s.Store, "backfill")
	b.guard.ledger = b.ledger
	return s, w, w.Close, nil
}

// work holds, loads and runs. What is held when it ends early goes on being held until the hold's end, or until somebody goes on
// with the work.
func (b *backfill) work(ctx context.Context) error {
	if err := b.guard.take(ctx, b.touched); err != nil {
		return err
	}
	if err := b.survey(ctx); err != nil { // what came before the hold
		return err
	}
	working, stop := context.WithCancelCause(ctx)
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		b.guard.keep(working, stop)
	}()
	progress := term.NewProgress(b.sys.err, b.sys.redraw, b.sys.now)
	l := &loader{ask: b.worker.RequestLoad, wait: b.sys.wait, troubles: b.troubles}
	err := l.load(working, b.errands, b.flags.Parallel, progress)
	if err == nil {
		err = b.runModels(working, progress)
	}
	progress.End()
	if err != nil && working.Err() != nil {
		err = context.Cause(working)
	}
	stop(nil)
	<-kept
	return err
}
