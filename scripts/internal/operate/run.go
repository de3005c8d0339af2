package operate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// RunOptions say what to load and run in a data folder.
type RunOptions struct {
	Data   string // the folder; empty: the default one
	Range         // without it: the newest days and months
	Source []string
	Drop   []string // files to drop
	JSON   bool
}

const (
	defaultDays   = 35
	defaultMonths = 2
	maxSweeps     = 5 // how often the coordinator looks for what is left
)

// runner is one run of the command.
type runner struct {
	*local.Machine
	System
	options    RunOptions
	scope      scope
	explicit   bool // days were given, so complete partitions are requested again
	deployment *deployment.Deployment
	loader

	mu      sync.Mutex
	runs    []Item
	line    *term.Line // of model runs
	dropped []string   // what became of each dropped file
	refused []Item     // files that cannot be loaded, and months outside of the scope that are refused
	skipped int        // partitions that were not requested again
	before  *ledger.View
}

// Run loads and runs everything in a data folder, with everything in this process, and reports whether all that
// was asked for is there.
func Run(ctx context.Context, o RunOptions, sys System) (complete bool, err error) {
	o.Data = cmp.Or(o.Data, datadir.Default)
	if sys.now, err = sys.folderClock(ctx, o.Data); err != nil {
		return false, err
	}
	r := &runner{System: sys, options: o, runs: []Item{}}
	return r.run(ctx)
}

func (r *runner) run(ctx context.Context) (complete bool, err error) {
	watch := stopwatch{now: r.now, at: r.now(), laps: map[string]int64{}}
	files, err := r.read()
	if err != nil {
		return false, err
	}
	if err := r.open(ctx); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.introduce()
	watch.lap("open")

	err = r.work(ctx, files)
	stopped := ctx.Err() != nil
	if err != nil && !stopped {
		return false, err
	}
	watch.lap("work")
	ctx = context.WithoutCancel(ctx)
	o, err := r.outcome(ctx)
	if err != nil {
		return false, err
	}
	watch.lap("report")
	o.Timings = watch.total()
	if err := r.report(ctx, o); err != nil {
		return false, err
	}
	o.writeNotices(r.Err)
	if stopped {
		r.Err.Say("Stopped. Run the same command again, and it continues from here.")
	}
	return o.complete() && !stopped, nil
}

// read reads the options, and the files to drop, before anything is touched.
func (r *runner) read() (files []*drop, err error) {
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return nil, err
	}
	r.explicit = r.options.given()
	if r.scope, err = newScope(r.options.Range, r.options.Source, declared, cmp.Or(r.days, defaultDays),
		r.now()); err != nil {
		return nil, err
	}
	if !r.explicit {
		newest := partition.NewestComplete(partition.Monthly, r.scope.To.End())
		r.scope.Months = slices.Collect(partition.Range(newest.Add(1-defaultMonths), newest))
	}
	return readDrops(r.options.Drop)
}

// open starts everything.
func (r *runner) open(ctx context.Context) (err error) {
	r.Machine, err = local.Open(ctx, local.Options{
		Dir: datadir.Dir{Path: r.options.Data}, From: r.scope.From, To: r.scope.To, Env: r.Env, Now: r.now,
		Observe: r.observe, Manifest: r.manifest,
	})
	if err != nil {
		return err
	}
	r.loader = newLoader(r.Machine, RetryPolicy{}, nil)
	if r.deployment, err = r.Machine.Deployment(); err != nil {
		return errors.Join(err, r.Close())
	}
	return nil
}

// observe notes the end of a model run.
func (r *runner) observe(end ledger.Run, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	it := endedRun(end)
	it.Milliseconds = took.Milliseconds()
	r.runs = append(r.runs, it)
	if r.line != nil {
		r.line.Step()
	}
}

// work requests from every source what is due, the sources side by side, drops the files, and returns when
// everything that follows has come to rest.
func (r *runner) work(ctx context.Context, files []*drop) error {
	before, err := r.look(ctx)
	if err != nil {
		return err
	}
	r.before = before.view
	progress := term.NewProgress(r.Err, r.Redraw, r.now)
	defer progress.End()
	group, gctx := errgroup.WithContext(ctx)
	var requests []plan.RequestPlan
	for _, name := range r.scope.Sources {
		s, f := r.Pipeline.Sources[name], r.Feeds[name]
		due := r.due(s, f, before.view)
		if !f.Asks() {
			group.Go(func() error { return r.dropInvented(gctx, due) })
			continue
		}
		r.skipped += len(r.scope.partitions(s.Cadence)) - len(due)
		requests = append(requests, plan.RequestPlan{Source: s, Requests: due})
	}
	runs := progress.Line("models", "runs", before.runnable())
	r.mu.Lock()
	r.line = runs
	r.mu.Unlock()
	group.Go(func() error { return r.load(gctx, requests, -1, progress) })
	if err := group.Wait(); err != nil {
		return err
	}
	if err := r.dropFiles(ctx, files); err != nil {
		return err
	}
	if err := r.sweep(ctx); err != nil {
		return err
	}
	runs.Finish("")
	return nil
}

// due returns which partitions to request from a source, oldest first: those of which a table has not arrived;
// the newest in any case, because each run reads its trailing window again; and, when days were given, all that
// can be read again.
func (r *runner) due(s *pipeline.Source, f *local.Feed, v *ledger.View) (list []partition.Partition) {
	for _, p := range r.scope.partitions(s.Cadence) {
		again := f.Asks() && (p == r.scope.newest(s.Cadence) || r.explicit && s.Has(pipeline.Window))
		lacks := slices.ContainsFunc(s.SortedTables(), func(table string) bool {
			_, arrived := v.Newest(table, p)
			return !arrived && f.Tells(s, table, p) && (f.Origin == datadir.Invented || !s.Table(table).Optional)
		})
		if again || lacks {
			list = append(list, p)
		}
	}
	return list
}

// sweep does what the clock does in a project: it finds loads whose event was lost with an earlier process, and
// logs what is overdue. Then the coordinator runs what is left when all is quiet.
func (r *runner) sweep(ctx context.Context) error {
	first := r.scope.first()
	quiet := func(err error) error {
		if err != nil && !errors.Is(err, coordinator.ErrBusy) {
			return err
		}
		return r.Cloud.Idle(ctx)
	}
	_, err := r.Sweeper.Between(ctx, first, r.scope.To)
	if err := quiet(err); err != nil {
		return err
	}
	for range maxSweeps {
		s, err := r.look(ctx)
		if err != nil || !s.left() {
			return err
		}
		if err := quiet(r.Coordinator.Sweep(ctx, first, r.scope.To)); err != nil {
			return err
		}
	}
	return nil // what is left now is named as missing
}

// state is how everything in the scope stands at one moment.
type state struct {
	view      *ledger.View
	decisions []plan.Decision              // models in dependency order
	lost      map[plan.TablePartition]bool // that cannot arrive any more, or need not
}

// look lists the scope's partitions and decides about every model's. A model's partition that waits only for
// what cannot arrive is not expected.
func (r *runner) look(ctx context.Context) (*state, error) {
	s := &state{view: &ledger.View{}, lost: map[plan.TablePartition]bool{}}
	all := r.scope.all()
	if err := r.Ledger.List(ctx, s.view, all); err != nil {
		return nil, err
	}
	report, err := r.Coordinator.Report(ctx, r.scope.first(), r.scope.To)
	if err != nil {
		return nil, err
	}
	for _, src := range r.Pipeline.SortedSources() {
		if err := r.lookForLost(ctx, src, s); err != nil {
			return nil, err
		}
	}
	for _, d := range report.Decisions {
		if !slices.Contains(all, d.Partition) {
			continue
		}
		left := slices.DeleteFunc(slices.Clone(d.Missing), func(w plan.TablePartition) bool { return s.lost[w] })
		if d.Status == plan.Waiting && len(left) < len(d.Missing) {
			d.Status = plan.NotExpected
			s.lost[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] = true
		}
		d.Missing = left
		s.decisions = append(s.decisions, d)
	}
	return s, nil
}

// lookForLost notes which tables of a source cannot arrive any more. What was refused can still be accepted.
func (r *runner) lookForLost(ctx context.Context, src *pipeline.Source, s *state) error {
	list := r.scope.partitions(src.Cadence)
	if len(list) == 0 {
		return nil
	}
	failures, err := r.deployment.Failures(ctx, src.Name, list[0], list[len(list)-1])
	if err != nil {
		return err
	}
	for _, w := range plan.TablePartitions(src, list) {
		_, arrived := s.view.Newest(w.Table, w.Partition)
		expected := !src.Table(w.Table).Optional && r.Feeds[src.Name].Tells(src, w.Table, w.Partition)
		if failure := failures[w.Partition]; !arrived && !expected && !failure.Holds(w.Table, w.Partition) {
			s.lost[w] = true
		}
	}
	return nil
}

// runnable returns how many models' partitions wait or are ready.
func (s *state) runnable() (n int) {
	for _, d := range s.decisions {
		if d.Status == plan.Waiting || d.Status == plan.Ready {
			n++
		}
	}
	return n
}

// left reports whether something must be done that no event announces any more: one was lost with a process, or
// a model was changed.
func (s *state) left() bool {
	return slices.ContainsFunc(s.decisions, func(d plan.Decision) bool { return d.Action != plan.Nothing })
}

// unfinished reports whether some run has not ended, so that its staged rows may still be needed, or has
// failed, so that a person may want to look at them.
func (s *state) unfinished() bool {
	return slices.ContainsFunc(s.decisions, func(d plan.Decision) bool {
		return d.Newest != nil &&
			d.Newest.State != ledger.Succeeded
	})
}
