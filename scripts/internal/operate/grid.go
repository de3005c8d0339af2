package operate

import (
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// gridInput is what a grid is drawn from.
type gridInput struct {
	pipeline   *pipeline.Pipeline
	partitions []partition.Partition
	view       *ledger.View
	decisions  []plan.Decision
	runs       []Item // of this command
	failed     func(source string, p partition.Partition) bool
	// lost reports whether a table's partition cannot arrive any more. Nil: none.
	lost func(w plan.TablePartition) bool
}

// grid returns how each source and each model stands for every partition, newest first.
func grid(in gridInput) []term.Row {
	ran := map[plan.TablePartition]bool{}
	for _, it := range in.runs {
		ran[plan.TablePartition{Table: it.Model, Partition: it.Partition}] = true
	}
	rows := make([]term.Row, len(in.partitions))
	index := map[partition.Partition]term.Row{}
	for n, p := range in.partitions {
		rows[n] = term.Row{Partition: p, Sources: map[string]term.State{}, Models: map[string]term.State{}}
		index[p] = rows[n]
		for _, s := range in.pipeline.SortedSources() {
			if s.Cadence == p.Grain() {
				rows[n].Sources[s.Name] = in.sourceState(s, p)
			}
		}
	}
	for _, d := range in.decisions {
		if row, shown := index[d.Partition]; shown {
			row.Models[d.Model.Name] = modelState(d, ran[plan.TablePartition{Table: d.Model.Name, Partition: d.Partition}])
		}
	}
	slices.SortFunc(rows, func(a, b term.Row) int { return b.Partition.Compare(a.Partition) })
	return rows
}

func (in gridInput) sourceState(s *pipeline.Source, p partition.Partition) term.State {
	if in.failed(s.Name, p) {
		return term.Failed
	}
	for _, table := range s.SortedTables() {
		w := plan.TablePartition{Table: table, Partition: p}
		if _, ok := in.view.Newest(table, p); !ok && (in.lost == nil || !in.lost(w)) {
			return term.Waiting
		}
	}
	return term.Arrived
}

func modelState(d plan.Decision, ran bool) term.State {
	switch d.Status {
	case plan.NotExpected, plan.Superseded:
		return term.NotExpected
	case plan.Failed, plan.AuditFailed:
		return term.Failed
	case plan.UpToDate:
		if ran {
			return term.Ran
		}
		return term.Unchanged
	}
	return term.Waiting
}
