package operate

import (
	"slices"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// gridInput is what a grid is drawn from.
type gridInput struct {
	pipeline   *pipeline.Pipeline
	partitions []partition.Partition
	sources    *sources
	decisions  []plan.Decision
	runs       []Item // of this command
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
				rows[n].Sources[s.Name] = in.sources.states[request{s.Name, p}]
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

func modelState(d plan.Decision, ran bool) term.State {
	switch d.Status {
	case plan.NotExpected, plan.Superseded:
		return term.NotExpected
	case plan.Failed, plan.AuditFailed:
		return term.Failed
	case plan.Gone:
		return explain.Gone
	case plan.UpToDate:
		if ran {
			return term.Ran
		}
		return term.Unchanged
	}
	return term.Waiting
}
