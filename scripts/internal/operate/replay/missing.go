package replay

import (
	"slices"
	"strings"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// left names what was asked for and cannot run.
func (r *replay) left(s survey) []item {
	list := []item{}
	for _, d := range s.Left {
		if d.Status == plan.Waiting {
			list = append(list, r.lacking(d))
		}
	}
	return list
}

// lacking is a model's partition that waits.
func (r *replay) lacking(d plan.Decision) item {
	it := item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition, Reason: d.Reason()}
	var raw []partition.Partition
	for _, w := range d.Missing {
		if r.Pipeline.Owner(w.Table) != nil {
			raw = append(raw, w.Partition)
		}
	}
	switch {
	case len(raw) == 0: // what makes the rest says it
	case !slices.ContainsFunc(raw, func(p partition.Partition) bool { return p != r.Date }):
		it.Hint = "ask for what it waits for: " + r.Command("replay", "--date", r.Date.String(), "--from-source")
	default:
		first, last := raw[0], raw[0]
		for _, p := range raw {
			if p.Start().Before(first.Start()) {
				first = p
			}
			if p.End().After(last.End()) {
				last = p
			}
		}
		it.Hint = "load what it waits for: " + r.Command("backfill", "--from", partition.Day(first.Start()).String(),
			"--to", partition.Day(last.End().Add(-1)).String())
	}
	return it
}

// missing names what was to be done and is not: partitions that sources did not load, and models that did not come to a good end.
func (r *replay) missing(s survey, report *coordinator.Report, o *outcome) []item {
	list := slices.SortedFunc(slices.Values(r.refused), func(a, b item) int { return strings.Compare(a.Source, b.Source) })
	if list == nil {
		list = []item{}
	}
	for _, d := range report.Decisions {
		wanted := slices.Contains(s.Reset, d.Target) || slices.ContainsFunc(s.Run, func(p prospect) bool { return p.Target == d.Target }) ||
			slices.ContainsFunc(o.Runs, func(it item) bool { return it.Model == d.Model.Name && it.Partition == d.Partition })
		if !wanted {
			continue
		}
		it := item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition, Reason: d.Reason()}
		switch d.Status {
		case plan.UpToDate, plan.NotExpected, plan.Superseded:
			continue
		case plan.Waiting:
			it = r.lacking(d)
		case plan.Failed, plan.AuditFailed:
			it.Hint = r.HintForRun(d.Model.Name, d.Partition)
		default:
			it.Reason = "it did not come to its end: " + d.Reason()
			it.Hint = "run the same command again"
		}
		list = append(list, it)
	}
	return list
}

// grid are the partitions that the replay was about, and those in which anything ran.
func (r *replay) grid(s survey, v *ledger.View, report *coordinator.Report, o *outcome) (rows []term.Row) {
	shown := map[partition.Partition]bool{}
	if !r.Date.IsZero() {
		shown[r.Date] = true
	}
	now := map[string]bool{}
	for _, it := range o.Runs {
		shown[it.Partition], now[it.Model+" "+it.Partition.String()] = true, true
	}
	for _, it := range o.Missing {
		shown[it.Partition] = true
	}
	for p := range shown {
		row := term.Row{Partition: p, Sources: map[string]term.State{}, Models: map[string]term.State{}}
		for _, src := range r.Pipeline.SortedSources() {
			if src.Cadence == p.Grain() {
				row.Sources[src.Name] = r.sourceState(src.Name, src.SortedTables(), p, v)
			}
		}
		for _, d := range report.Decisions {
			if d.Partition == p {
				row.Models[d.Model.Name] = modelState(d, now[d.Target.String()])
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b term.Row) int { return b.Partition.Compare(a.Partition) })
	return rows
}

func (r *replay) sourceState(source string, tables []string, p partition.Partition, v *ledger.View) term.State {
	if slices.ContainsFunc(r.refused, func(it item) bool { return it.Source == source && it.Partition == p }) {
		return failed
	}
	for _, table := range tables {
		if _, ok := v.Newest(table, p); !ok {
			return waiting
		}
	}
	return arrived
}

func modelState(d plan.Decision, now bool) term.State {
	switch d.Status {
	case plan.NotExpected, plan.Superseded:
		return notExpected
	case plan.Failed, plan.AuditFailed:
		return failed
	case plan.UpToDate:
		if now {
			return ran
		}
		return unchanged
	}
	return waiting
}

// notices are items as a person is told of them.
func notices(items []item) []term.Notice {
	list := make([]term.Notice, len(items))
	for n, it := range items {
		list[n] = term.Notice{Source: it.Source, Model: it.Model, Partition: it.Partition, Reason: it.Reason, Hint: it.Hint}
	}
	return list
}
