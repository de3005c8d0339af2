package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
)

// LoadOptions say what to load: one partition of one source.
type LoadOptions struct {
	Place
	Confirmation
	Source string
	Date   string // a day, or
	Month  string // a month
	Accept bool   // load the rows that were refused
	Reason string // with Accept: why
}

// load is one run of the command.
type load struct {
	*command
	options   LoadOptions
	source    *pipeline.Source
	partition partition.Partition
	refused   Refused               // with Accept: what is accepted
	later     []Refused             // with Accept: later partitions that were refused as well
	reads     []plan.TablePartition // that may be loaded
	before    *ledger.View
	rows      map[plan.TablePartition]int64 // that stood before
	targets   []plan.Target                 // that read them
	log       *runLog                       // of those, in a data folder
	result    source.Result
}

// Load has one source load one partition, once, and reports whether it did. With Accept it loads the rows that its newest
// load has staged and that were refused; the source's service is not asked.
func Load(ctx context.Context, o LoadOptions, sys System) (complete bool, err error) {
	if err := o.contradictions(); err != nil {
		return false, err
	}
	c, err := newCommand(ctx, "load", o.Place, o.Confirmation, sys)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	l := &load{command: c, options: o}
	if err := l.read(); err != nil {
		return false, err
	}
	if err := c.makePlanner(); err != nil {
		return false, err
	}
	return l.run(ctx)
}

// contradictions reports everything that is wrong with the options by themselves.
func (o LoadOptions) contradictions() error {
	var faults []error
	if o.Source == "" {
		faults = append(faults, errors.New("--source is missing: name the source to load"))
	}
	switch {
	case o.Date == "" && o.Month == "":
		faults = append(faults, errors.New("nothing says what to load; pass --date or --month"))
	case o.Date != "" && o.Month != "":
		faults = append(faults, errors.New("--date and --month contradict each other; pass one"))
	}
	return errors.Join(append(faults, acceptanceFault(o.Accept, o.Reason))...)
}

// read reads the options against the clock and the pipeline.
func (l *load) read() error {
	names, err := sourceNames([]string{l.options.Source}, l.Pipeline)
	if err != nil {
		return err
	}
	l.source = l.Pipeline.Sources[names[0]]
	named := Range{Date: l.options.Date, Month: l.options.Month}
	p, err := named.partition(l.now())
	if l.options.Accept { // a dropped file may hold a month that has not ended
		_, p, err = named.named()
	}
	switch {
	case err != nil:
		return err
	case p.Grain() != l.source.Cadence:
		flag, example := "--month", partition.NewestComplete(partition.Monthly, l.now())
		if l.source.Cadence == partition.Daily {
			flag, example = "--date", partition.NewestComplete(partition.Daily, l.now())
		}
		return fmt.Errorf("source %s is %s, and %s is not; pass a partition like %s %s", l.source.Name, l.source.Cadence, p,
			flag, example)
	case !l.options.Accept && l.source.Schedule != "" && !l.Pipeline.Expected(p): // a person loads any month
		fix := "set start in coordinator/pipeline.yaml and deploy"
		if l.Local {
			fix = l.Command("run", "--from", partition.Day(p.Start()).String())
		}
		return fmt.Errorf("%s lies before the start of the pipeline of %s, %s, and no model reads it; fix: %s", p, l.Name,
			l.Pipeline.StartDay(), fix)
	}
	l.partition = p
	return nil
}

func (l *load) run(ctx context.Context) (bool, error) {
	if err := l.preview(ctx); err != nil {
		return false, err
	}
	o := newOutcome()
	o.Plan = &Plan{
		Requests: map[string][]partition.Partition{l.source.Name: {l.partition}}, RunsAtMost: len(l.targets),
	}
	if l.options.Accept {
		o.Plan.Refused = append([]Refused{l.refused}, l.later...)
	}
	l.writePreview()
	if l.DryRun {
		return true, l.writePlan(o.Plan, func() {}) // a person has seen it
	}
	if l.options.Accept {
		if err := l.confirm(ctx); err != nil {
			return false, err
		}
		l.accepts = &acceptance{by: l.person(), reason: l.options.Reason,
			refused: map[request]string{{l.source.Name, l.partition}: l.refused.failure.LoadID}}
	}
	if err := l.start(ctx, l.Pipeline.StartDay(), partition.NewestComplete(partition.Daily, l.now())); err != nil {
		return false, err
	}
	if err := l.work(ctx, o); err != nil {
		return false, err
	}
	return l.finish(o, func() { l.write(o) })
}

// preview finds out what stands, what was refused, and which models may run.
func (l *load) preview(ctx context.Context) error {
	l.before = &ledger.View{}
	l.reads = plan.LoadedBy(l.source, l.partition)
	if err := l.listReads(ctx, l.before); err != nil {
		return err
	}
	if l.options.Accept {
		if err := l.findRefused(ctx); err != nil {
			return err
		}
	}
	if err := l.readRows(ctx); err != nil {
		return err
	}
	var err error
	l.targets, err = l.downstream(ctx, l.before, l.reads)
	return err
}

// readRows reads how many rows stand of what may be loaded.
func (l *load) readRows(ctx context.Context) error {
	l.rows = map[plan.TablePartition]int64{}
	for _, w := range l.reads {
		newest, arrived := l.before.Newest(w.Table, w.Partition)
		if !arrived {
			continue
		}
		record, err := l.ledger.ReadArrival(ctx, newest)
		if err != nil {
			return err
		}
		for _, t := range record.Event.Tables {
			if t.Table == w.Table {
				l.rows[w] = t.Rows
			}
		}
	}
	return nil
}

// listReads lists the partitions that may be loaded.
func (l *load) listReads(ctx context.Context, v *ledger.View) error {
	var list []partition.Partition
	for _, w := range l.reads {
		list = append(list, w.Partition)
	}
	return l.ledger.List(ctx, v, list)
}

// findRefused finds what the command accepts, and what was refused of later partitions.
func (l *load) findRefused(ctx context.Context) error {
	newest := partition.NewestComplete(l.source.Cadence, l.now())
	if newest.Compare(l.partition) < 0 {
		newest = l.partition
	}
	later := slices.Collect(partition.Range(l.partition, newest))
	if err := l.ledger.List(ctx, l.before, later); err != nil {
		return err
	}
	failures, err := l.standingFailures(ctx, l.before, l.source, l.partition, newest)
	if err != nil {
		return err
	}
	refused := acceptable(failures)
	if len(refused) > 0 && refused[0].Partition == l.partition {
		l.refused, l.later = refused[0], refused[1:]
		for _, r := range l.later {
			l.reads = append(l.reads, plan.LoadedBy(l.source, r.Partition)...)
		}
		return l.listReads(ctx, l.before)
	}
	what := fmt.Errorf("nothing of %s is refused for %s, so there is nothing to accept", l.source.Name, l.partition)
	switch {
	case len(failures) > 0 && failures[0].Partition == l.partition:
		return fmt.Errorf("%w: its newest load failed, and not all of its rows are staged: %s", what,
			failures[0].failure.Reason)
	case len(refused) > 0:
		return fmt.Errorf("%w; refused is %s", what, refused[0].Partition)
	}
	return what
}

// work makes the request, and in a data folder waits for what follows from it.
func (l *load) work(ctx context.Context, o *Outcome) (err error) {
	if l.Local {
		if l.log, err = openRunLog(ctx, l.ledger, l.targets); err != nil {
			return err
		}
	}
	l.loader.retry.Tries = 0 // once; only a busy source is asked again
	l.result, err = l.loadOne(ctx, request{l.source.Name, l.partition})
	if l.stopped = ctx.Err() != nil; err != nil {
		return l.addFailure(ctx, o, err)
	}
	if l.Local {
		from, to := partition.Covering(partitionsOf(l.targets))
		err := l.worker.Quiet(ctx, from, to)
		if l.stopped = ctx.Err() != nil; err != nil && !l.stopped {
			return err
		}
	}
	last, cancel := afterwards(ctx)
	defer cancel()
	return l.outcome(last, o)
}
