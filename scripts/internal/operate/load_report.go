package operate

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// writePreview says what is going to be done. An ordinary request needs no preview: it is what the schedule does.
func (l *load) writePreview() {
	if !l.options.Accept {
		if l.DryRun {
			l.Err.Say("%s would be requested to load %s in %s; then %s at most.", l.source.Name, l.partition,
				l.Deployment.Name, term.Count(len(l.targets), "model run"))
		}
		return
	}
	l.Err.Say("Accept what was refused of %s for %s in %s\n", l.source.Name, l.partition, l.Deployment.Name)
	l.writeRefused([]Refused{l.refused})
	l.Err.Say("\nThe very rows that were refused are loaded, and %s is not asked:", l.source.Name)
	t := newTable("table", "partition", "rows", "now")
	for _, f := range l.refused.failure.Load.Files {
		now := ""
		if rows, stands := l.rows[plan.TablePartition{Table: "raw." + f.Table, Partition: f.Partition}]; stands {
			now = humanize.Comma(rows)
		}
		t.Row(f.Table, f.Partition.String(), humanize.Comma(f.Rows), now)
	}
	l.Err.Say("%s", t.Text())
	if len(l.later) > 0 {
		l.Err.Say("\nThen these are judged again, by what was accepted:")
		l.writeRefused(l.later)
	}
	l.Err.Say("\n%s at most.", term.Count(len(l.targets), "model run"))
}

// outcome adds what was loaded, what ran because of it, and what is still refused.
func (l *load) outcome(ctx context.Context, o *Outcome) error {
	o.Accepted = l.accepted
	for _, r := range append([]source.Result{l.result}, l.result.Later...) {
		l.addLoads(r, o)
	}
	if err := l.addRefused(ctx, o); err != nil {
		return err
	}
	if l.log == nil {
		return nil
	}
	runs, err := l.log.ended(ctx)
	if err != nil {
		return err
	}
	ran := map[plan.TablePartition]bool{}
	for _, run := range runs {
		it := endedRun(run)
		o.Runs, ran[plan.TablePartition{Table: it.Table, Partition: it.Partition}] = append(o.Runs, it), true
	}
	return l.addFailed(ctx, ran, o)
}

// addLoads adds the tables' partitions that a load has replaced.
func (l *load) addLoads(r source.Result, o *Outcome) {
	for _, t := range r.Tables {
		it := Item{Source: r.Source, Table: t.Table, Partition: t.Partition, State: Loaded, Rows: &t.Rows}
		if before, had := l.before.Newest(t.Table, t.Partition); had {
			rows := l.rows[plan.TablePartition{Table: t.Table, Partition: t.Partition}]
			it.RowsBefore = &rows
			if before.Digest.String() == t.Digest {
				it.State = Unchanged
			}
		}
		o.Loads = append(o.Loads, it)
	}
	for _, table := range r.Absent {
		o.Loads = append(o.Loads, Item{Source: r.Source, Table: "raw." + table, Partition: r.Partition, State: Unobtainable,
			Reason: "it is a snapshot of the past, and none is staged"})
	}
}

// addFailure adds why the partition was not loaded.
func (l *load) addFailure(ctx context.Context, o *Outcome, err error) error {
	key, why := request{l.source.Name, l.partition}, failure(err)
	if l.stopped {
		why = trouble{reason: "the command was stopped before there was an answer"}
	}
	last, cancel := afterwards(ctx)
	defer cancel()
	state, rerr := l.readSources(last, []partition.Partition{l.partition})
	if rerr != nil {
		return errors.Join(err, rerr)
	}
	state.note(l.source, l.partition, loadIDs(l.before))
	if !l.stopped && !l.options.Accept { // an acceptance that fails is not recorded
		why = state.trouble(key, nil, why)
	}
	l.add(o, state, key, why)
	return nil
}

// addRefused adds the later partitions that are still refused.
func (l *load) addRefused(ctx context.Context, o *Outcome) error {
	var list []partition.Partition
	for _, r := range l.later {
		list = append(list, r.Partition)
	}
	if list == nil {
		return nil
	}
	state, err := l.readSources(ctx, list)
	if err != nil {
		return err
	}
	for _, p := range list {
		if key := (request{l.source.Name, p}); state.states[key] != explain.Arrived && state.states[key] != explain.Accepted {
			l.add(o, state, key, state.trouble(key, nil, trouble{}))
		}
	}
	return nil
}

// add adds a partition that was not loaded.
func (l *load) add(o *Outcome, state *sources, key request, why trouble) {
	if state.states[key] == explain.NotRefreshed {
		o.addNotRefreshed(key, why)
		return
	}
	o.Missing = append(o.Missing, l.missing(key.source, key.partition, "", why))
}

func (l *load) readSources(ctx context.Context, list []partition.Partition) (*sources, error) {
	reporter, err := l.Reporter(l.now)
	if err != nil {
		return nil, err
	}
	return readSources(ctx, l.Deployment, reporter, list)
}

// addFailed adds the models that ran and did not publish.
func (l *load) addFailed(ctx context.Context, ran map[plan.TablePartition]bool, o *Outcome) error {
	if len(ran) == 0 {
		return nil
	}
	reporter, err := l.Reporter(l.now)
	if err != nil {
		return err
	}
	var list []partition.Partition
	for w := range ran {
		list = append(list, w.Partition)
	}
	from, to := partition.Bounds(list)
	report, err := reporter.Report(ctx, from, to)
	if err != nil {
		return err
	}
	for _, d := range report.Decisions {
		it, missing := unfinished(d, l.Deployment)
		if missing && ran[plan.TablePartition{Table: it.Table, Partition: it.Partition}] {
			o.Missing = append(o.Missing, it)
		}
	}
	return nil
}

// sortedLoads returns the loads by table and then by partition.
func sortedLoads(loads []Item) []Item {
	return slices.SortedFunc(slices.Values(loads), func(a, b Item) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), a.Partition.Compare(b.Partition))
	})
}

// rowsText returns a number of rows; empty: it is not known.
func rowsText(rows *int64) string {
	if rows == nil {
		return ""
	}
	return humanize.Comma(*rows)
}

// write reports a load to a person.
func (l *load) write(o *Outcome) {
	if len(o.Loads) == 0 {
		return
	}
	t := newTable("table", "partition", "rows", "before", "")
	at := func(it Item) partition.Partition { return it.Partition }
	alike := func(a, b Item) bool { return a.Table == b.Table && a.State == Unchanged && b.State == Unchanged }
	for _, group := range partition.Join(sortedLoads(o.Loads), at, alike) {
		it, last := group[0], group[len(group)-1].Partition
		cells := []any{strings.TrimPrefix(it.Table, "raw."), partition.Text(it.Partition, last), rowsText(it.Rows),
			rowsText(it.RowsBefore), ""}
		switch {
		case len(group) > 1:
			cells[2], cells[3], cells[4] = "", "", "the same rows as before"
		case it.State == Unchanged:
			cells[3], cells[4] = "", "the same rows as before"
		case it.State == Unobtainable:
			cells[4] = "not loaded: " + it.Reason
		}
		t.Row(cells...)
	}
	l.Out.Say("%s", t.Text())
	l.writeAccepted(o.Accepted)
	switch {
	case l.log == nil:
		flag := "--date"
		if l.partition.Grain() == partition.Monthly {
			flag = "--month"
		}
		l.Out.Say("The coordinator runs what reads it, now that the event is published. To look: %s",
			l.Command("status", flag, l.partition.String()))
	case len(o.Runs) == 0:
		l.Out.Say("No model runs: nothing that they read has changed, or they wait for more.")
	default:
		var ran []plan.TablePartition
		for _, it := range o.Runs {
			ran = append(ran, plan.TablePartition{Table: it.Model, Partition: it.Partition})
		}
		l.Out.Say("%s because of it: %s", term.Count(len(o.Runs), "model run"), strings.Join(plan.Spans(ran, true), ", "))
	}
}
