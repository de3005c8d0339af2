package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// BackfillOptions say what to load.
type BackfillOptions struct {
	Place
	Confirmation
	Range    // its first day must be given
	Source   []string
	Parallel int    // how many sources are requested at a time
	Restart  bool   // what an earlier backfill of the same range has done does not count
	Accept   bool   // what was refused, or is refused now, is loaded all the same
	Reason   string // with Accept: why
}

const (
	// maxParallel bounds the sources that are requested at a time.
	maxParallel = 16
	// backfillHold is how long a backfill's hold lasts when it is not renewed: how long models wait for a backfill
	// that has died.
	backfillHold = 30 * time.Minute
)

// backfill is one run of the command.
type backfill struct {
	*command
	options BackfillOptions
	scope   scope
	resumed bool // it continues one that ended before its work was done

	plan    *Plan
	plans   []plan.RequestPlan
	refused []Refused             // whose rows a person can accept
	before  *ledger.View          // what stood in the touched partitions when this run began
	touched []partition.Partition // of which something may be loaded
	targets []plan.Target         // that read what was loaded
}

// Backfill loads what the options name, and then runs every model's partition that reads it once. It reports
// whether everything is there afterwards. All that it must remember is in the ledger, so the same command
// continues after Ctrl-C or a crash.
func Backfill(ctx context.Context, o BackfillOptions, sys System) (complete bool, err error) {
	if o.From == "" && o.Date == "" && o.Month == "" {
		return false, errors.New("--from is missing: pass the first day to load, or --date or --month")
	}
	c, err := newCommand(ctx, "backfill", o.Place, o.Confirmation, sys)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if o.Accept {
		c.accepts = &acceptance{by: c.person(), reason: o.Reason, refused: map[request]string{}}
	}
	b := &backfill{command: c, options: o}
	if err := b.read(); err != nil {
		return false, err
	}
	return b.run(ctx)
}

// read reads the options against the clock and the pipeline. In a data folder, days before the pipeline's start
// move the start.
func (b *backfill) read() (err error) {
	o := b.options
	b.scope, err = newScope(o.Range, o.Source, b.Pipeline, 1, b.now())
	err = errors.Join(err, acceptanceFault(o.Accept, o.Reason))
	if o.Parallel < 1 || o.Parallel > maxParallel {
		err = errors.Join(err, fmt.Errorf("--parallel %d is not 1 to %d", o.Parallel, maxParallel))
	}
	if err != nil {
		return err
	}
	if start := b.Pipeline.StartDay(); b.scope.From.Compare(start) < 0 {
		if !b.Local {
			return fmt.Errorf("--from %s is before %s, the pipeline's start, and no model runs before it; "+
				"set start in coordinator/pipeline.yaml and deploy, or begin there", b.scope.From, start)
		}
		d := *b.Deployment
		d.Pipeline = d.Pipeline.WithStart(b.scope.From)
		b.Deployment = &d
	}
	var sources []string
	if len(o.Source) > 0 {
		sources = b.scope.Sources
	}
	b.hold("a backfill", b.scope.From, b.scope.To, sources, backfillHold)
	return b.makePlanner()
}

func (b *backfill) run(ctx context.Context) (bool, error) {
	if err := b.takeOver(ctx); err != nil {
		return false, err
	}
	if err := b.planRequests(ctx); err != nil {
		return false, err
	}
	if err := b.preview(ctx); err != nil {
		return false, err
	}
	b.writePreview()
	o := newOutcome()
	o.Plan, o.Begun, o.Resumed = b.plan, b.holder.Begun(), b.resumed
	if b.DryRun {
		return true, b.writePlan(b.plan, func() {}) // a person has seen it
	}
	if b.resumed || b.requests() > 0 {
		if err := b.confirm(ctx); err != nil {
			return false, err
		}
		if err := b.start(ctx, b.scope.From, b.scope.To); err != nil {
			return false, err
		}
		err := b.work(ctx)
		if b.stopped = ctx.Err() != nil; err != nil && !b.stopped {
			return false, err
		}
	}
	last, cancel := afterwards(ctx)
	defer cancel()
	if err := b.outcome(last, o); err != nil {
		return false, err
	}
	complete, err := b.finish(o, func() { b.write(o) })
	switch {
	case b.stopped:
		b.Err.Say("Stopped. To continue: %s\nThe models wait for it until %s.",
			b.Command(b.words(b.options)...), b.holder.Until().Format("15:04 UTC"))
	case slices.ContainsFunc(o.Missing, func(it Item) bool { return it.Source != "" }):
		b.Err.Say("When that is fixed: %s", b.rest(o))
	}
	return complete, err
}

// takeOver finds a backfill of the same days and sources that has ended before its work was done. This one then
// continues it, and counts as begun when that one was. With --restart it begins now.
func (b *backfill) takeOver(ctx context.Context) error {
	var sources []string
	if len(b.options.Source) > 0 {
		sources = b.scope.Sources
	}
	grows := b.options.To == "" && b.options.From != "" // it covers all days up to now, more than when it began
	same := func(h ledger.Hold) bool {
		return strings.HasPrefix(h.ID, b.name+"-") && h.From == b.scope.From && slices.Equal(h.Sources, sources) &&
			(h.To == b.scope.To || grows && h.To.Compare(b.scope.To) < 0)
	}
	resumed, err := b.holder.TakeOver(ctx, b.scope.all(), same, b.options.Restart)
	if err != nil || b.options.Restart {
		return err
	}
	for _, h := range resumed {
		b.resumed = true
		b.holder.Resume(h)
	}
	return nil
}

// requests returns how many requests are planned.
func (b *backfill) requests() (n int) {
	for _, r := range b.plans {
		n += len(r.Requests)
	}
	return n
}

// planRequests works out what to request, by the ledger as it stands.
func (b *backfill) planRequests(ctx context.Context) error {
	b.plans, b.refused, b.before = nil, nil, &ledger.View{}
	if err := b.ledger.List(ctx, b.before, b.scope.all()); err != nil {
		return err
	}
	gone, err := b.readGone(ctx)
	if err != nil {
		return err
	}
	there := &ledger.View{} // what had arrived and is not gone
	if err := b.ledger.List(ctx, there, b.scope.all()); err != nil {
		return err
	}
	there.Forget(gone.Covers)
	for _, name := range b.scope.Sources {
		s := b.Pipeline.Sources[name]
		list := b.scope.partitions(s.Cadence)
		var staged map[partition.Partition]bool
		if len(list) > 0 && s.Has(pipeline.Snapshot) {
			var err error
			if staged, err = b.Snapshots(ctx, name, list[0], list[len(list)-1]); err != nil {
				return err
			}
		}
		r := plan.Requests(s, list, there, staged, b.holder.Begun(), b.now())
		if len(list) > 0 && !slices.Contains(r.Requests, list[0]) {
			behind, err := b.goneBefore(ctx, s, list[0], gone)
			if err != nil {
				return err
			}
			if behind {
				r.Requests = slices.Insert(r.Requests, 0, list[0])
			}
		}
		if err := b.planRefused(ctx, &r); err != nil {
			return err
		}
		b.plans = append(b.plans, r)
	}
	b.touched = plan.Touched(b.plans)
	if len(b.touched) == 0 {
		b.touched = b.scope.all() // what it continues was for something that cannot be loaded any more
	}
	return b.ledger.List(ctx, b.before, b.touched)
}

// planRefused adds to a plan what was refused. With --accept it is loaded.
func (b *backfill) planRefused(ctx context.Context, r *plan.RequestPlan) error {
	if len(r.Partitions) == 0 {
		return nil
	}
	failures, err := b.standingFailures(ctx, b.before, r.Source, r.Partitions[0], r.Partitions[len(r.Partitions)-1])
	if err != nil {
		return err
	}
	for _, refused := range acceptable(failures) {
		b.refused = append(b.refused, refused)
		if b.accepts != nil {
			b.accepts.refused[request{r.Source.Name, refused.Partition}] = refused.failure.LoadID
		}
		r.AddRefused(refused.Partition, refused.failure.Holds, b.accepts != nil)
	}
	return nil
}

// work holds, loads and runs. When it ends early, everything stays held until the hold ends, or until the work
// is continued.
func (b *backfill) work(ctx context.Context) error {
	if err := b.holder.Take(ctx, b.touched); err != nil {
		return err
	}
	if err := b.planRequests(ctx); err != nil { // again, for what arrived before the hold
		return err
	}
	progress := term.NewProgress(b.Err, b.Redraw, b.now)
	defer progress.End()
	return b.holder.While(ctx, func(ctx context.Context) error {
		if err := b.load(ctx, b.plans, b.options.Parallel, progress); err != nil {
			return err
		}
		return b.runModels(ctx, progress)
	})
}

// runModels runs every model's partition once that reads what was loaded, and releases the hold. The partitions
// of all of them are held before the first runs: one that is not held would run when the first of its inputs
// changes, and again with the next.
func (b *backfill) runModels(ctx context.Context, progress *term.Progress) error {
	from, to := partition.Covering(b.holder.Held())
	if err := b.worker.Quiet(ctx, from, to); err != nil {
		return err
	}
	var err error
	if b.targets, err = b.targetsOf(ctx, b.loaded); err != nil {
		return err
	}
	if err := b.holder.Extend(ctx, partitionsOf(b.targets)); err != nil {
		return err
	}
	if err := b.holder.ReleaseOld(ctx); err != nil {
		return err
	}
	from, to = partition.Covering(b.holder.Held())
	if len(b.targets) > 0 {
		log, err := openRunLog(ctx, b.ledger, b.targets)
		if err != nil {
			return err
		}
		line := progress.Line("models", "runs", len(b.targets))
		err = log.follow(ctx, line, b.poll, func() error { return b.worker.SweepHolding(ctx, from, to, b.holder.ID()) })
		if err != nil {
			return err
		}
		note := ""
		if line.Done() < len(b.targets) { // not all had to run, which was not known before
			note = "the rest is up to date or waits"
		}
		line.Finish(note)
		if err := b.worker.Quiet(ctx, from, to); err != nil {
			return err
		}
	}
	if err := b.holder.Release(ctx); err != nil {
		return err
	}
	if err := b.worker.Sweep(ctx, from, to); err != nil { // for what arrived meanwhile by itself
		return err
	}
	return b.worker.Quiet(ctx, from, to)
}

// loaded reports whether a table's partition was loaded since the backfill began.
func (b *backfill) loaded(v *ledger.View, w plan.TablePartition) bool {
	a, ok := v.Newest(w.Table, w.Partition)
	if !ok || !a.LoadedAt.Before(b.holder.Begun()) {
		return ok
	}
	before, stood := b.before.Newest(w.Table, w.Partition) // the warehouse's clock may be behind this one
	return !stood || !a.LoadedAt.Equal(before.LoadedAt)
}

// targetsOf returns the models' partitions that read, directly or through others, the chosen tables' touched
// partitions.
func (b *backfill) targetsOf(ctx context.Context,
	chosen func(*ledger.View, plan.TablePartition) bool) (targets []plan.Target, err error) {
	v := &ledger.View{}
	if err := b.ledger.List(ctx, v, b.touched); err != nil {
		return nil, err
	}
	var tables []plan.TablePartition
	for _, s := range b.Pipeline.SortedSources() {
		for _, p := range b.touched {
			for _, table := range s.SortedTables() {
				w := plan.TablePartition{Table: table, Partition: p}
				if p.Grain() == s.Cadence && chosen(v, w) {
					tables = append(tables, w)
				}
			}
		}
	}
	return b.downstream(ctx, v, tables)
}

// outcome adds what was done, as the ledger tells.
func (b *backfill) outcome(ctx context.Context, o *Outcome) error {
	o.Accepted = b.accepted
	after := &ledger.View{}
	if err := b.ledger.List(ctx, after, b.scope.all()); err != nil {
		return err
	}
	for _, r := range b.plans {
		for _, t := range r.Tables {
			it := Item{Source: r.Source.Name, Table: t.Table, Partition: t.Partition, State: b.stateOf(after, t)}
			if it.State == Missing {
				why := b.troubleOf(r, t.TablePartition)
				it.Reason, it.Hint = why.reason, why.hint
				o.Missing = append(o.Missing, b.missing(it.Source, it.Partition, it.Table, why))
			}
			o.Loads = append(o.Loads, it)
		}
	}
	if len(b.targets) == 0 {
		return nil
	}
	return b.addModels(ctx, o)
}

// stateOf returns how a table's partition stands in the end.
func (b *backfill) stateOf(after *ledger.View, t plan.TableLoad) State {
	if !b.loaded(after, t.TablePartition) {
		switch optional := b.Pipeline.Owner(t.Table).Table(t.Table).Optional; {
		case t.Status == plan.Needed && optional:
			return Unobtainable
		case t.Status == plan.Needed, t.Status == plan.Refused:
			return Missing
		}
		return State(t.Status)
	}
	list := after.Arrivals(t.Table, t.Partition)
	last := list[len(list)-1]
	for _, a := range slices.Backward(list[:len(list)-1]) {
		if a.LoadedAt.Before(b.holder.Begun()) {
			if a.Digest == last.Digest {
				return Unchanged
			}
			break
		}
	}
	return Loaded
}

// troubleOf returns why a table's partition was not loaded: what went wrong with the request that was to load it.
func (b *backfill) troubleOf(r plan.RequestPlan, w plan.TablePartition) trouble {
	for _, q := range r.Requests {
		if t, ok := b.troubles[request{r.Source.Name, q}]; ok && q.Compare(w.Partition) >= 0 {
			return t
		}
	}
	for _, f := range b.refused {
		if f.Source == r.Source.Name && f.failure.Holds(w.Table, w.Partition) {
			return trouble{reason: f.failure.Reason, failed: true, refusals: f.Refusals}
		}
	}
	if b.stopped {
		return trouble{reason: stoppedBefore}
	}
	return trouble{reason: "it was not loaded", hint: "run " + b.Command(b.words(b.options)...) + " again"}
}

// addModels adds how the models' partitions stand that read what was loaded.
func (b *backfill) addModels(ctx context.Context, o *Outcome) error {
	reporter, err := b.Reporter(b.now)
	if err != nil {
		return err
	}
	from, to := partition.Covering(partitionsOf(b.targets))
	report, err := reporter.Report(ctx, from, to)
	if err != nil {
		return err
	}
	failed := map[plan.TablePartition]bool{} // tables' partitions that are missing because something failed
	for _, it := range o.Missing {
		failed[plan.TablePartition{Table: it.Table, Partition: it.Partition}] = true
	}
	affected := map[plan.TablePartition]bool{}
	for _, w := range plan.Outputs(b.targets) {
		affected[w] = true
	}
	for _, d := range report.Decisions { // in dependency order
		output := plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}
		if !affected[output] {
			continue
		}
		it, missing := unfinished(d, b.Deployment)
		switch {
		case !missing:
			it.State, it.Reason = UpToDate, ""
			if n := d.Newest; n != nil && n.Partition == d.Partition && n.State == ledger.Succeeded &&
				!n.At.Before(b.holder.Begun()) {
				it.State, it.Rows = Succeeded, &n.Published.Rows
			}
		case d.Status == plan.Waiting: // not a failure of this backfill, unless what it waits for is
			it.State = Waiting
			missing = slices.ContainsFunc(d.Missing, func(w plan.TablePartition) bool { return failed[w] })
		case d.Status == plan.Failed, d.Status == plan.AuditFailed:
			it.State = Failed
		default: // ready, running, or held by another command
			it.State = Waiting
			if b.stopped {
				it.Reason, it.Hint = "not run, because the command was stopped", ""
			}
		}
		o.Runs = append(o.Runs, it)
		if missing {
			failed[output] = true
			it.State, it.Rows = "", nil
			o.Missing = append(o.Missing, it)
		}
	}
	return nil
}
