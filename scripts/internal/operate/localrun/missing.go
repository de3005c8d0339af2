package localrun

import (
	"slices"
	"strings"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// trouble is why a source's partition was not loaded.
type trouble struct {
	reason, hint string
	asked        bool // rather than left out
}

// grid says of every partition how each source and each model stands. ran are the runs of this time.
func (i *inspector) grid(s *standing, runs []item, troubles map[ask]trouble) []term.Row {
	rows := map[partition.Partition]*term.Row{}
	var order []partition.Partition
	for _, g := range []partition.Grain{partition.Daily, partition.Monthly} {
		for _, p := range i.scope.Partitions(g) {
			rows[p] = &term.Row{Partition: p, Sources: map[string]term.State{}, Models: map[string]term.State{}}
			order = append(order, p)
		}
	}
	for _, src := range i.pipeline.SortedSources() {
		for _, p := range i.scope.Partitions(src.Cadence) {
			st := arrived
			for _, table := range src.SortedTables() {
				if _, ok := s.view.Newest(table, p); !ok && i.feeds[src.Name].Tells(src, table, p) {
					st = waiting
				}
			}
			if troubles[ask{src.Name, p}].asked {
				st = failed
			}
			rows[p].Sources[src.Name] = st
		}
	}
	now := map[ask]bool{}
	for _, run := range runs {
		now[ask{run.Model, run.Partition}] = true
	}
	for _, t := range s.targets {
		st := waiting
		switch t.Status {
		case plan.NotExpected, plan.Superseded:
			st = notExpected
		case plan.Failed, plan.AuditFailed:
			st = failed
		case plan.UpToDate:
			if st = unchanged; now[ask{t.Model.Name, t.Partition}] {
				st = ran
			}
		}
		rows[t.Partition].Models[t.Model.Name] = st
	}
	slices.SortFunc(order, func(a, b partition.Partition) int { return b.Compare(a) })
	list := make([]term.Row, len(order))
	for n, p := range order {
		list[n] = *rows[p]
	}
	return list
}

// missing names what was asked for and is not there: tables of the sources asked, and models that read nothing else.
func (i *inspector) missing(s *standing, troubles map[ask]trouble) []item {
	list := []item{}
	for _, name := range i.scope.Sources {
		src := i.pipeline.Sources[name]
		for _, p := range i.scope.Partitions(src.Cadence) {
			why, known := troubles[ask{name, p}]
			if !known {
				why = trouble{reason: "it was not loaded", hint: "run the same command again; rollcall.log says more"}
			}
			for _, table := range src.SortedTables() {
				if _, ok := s.view.Newest(table, p); why.asked || !ok && i.feeds[name].Tells(src, table, p) {
					list = append(list, item{Source: name, Table: table, Partition: p, Reason: why.reason, Hint: why.hint})
				}
			}
		}
	}
	asked := i.askedFor()
	for _, t := range s.targets {
		it := item{Model: t.Model.Name, Table: t.Model.TableName(), Partition: t.Partition}
		switch t.Status {
		case plan.Waiting:
			if !asked[t.Model.TableName()] {
				continue
			}
			it.Reason = "waits for " + strings.Join(tables(t.missing), ", ")
		case plan.Failed, plan.AuditFailed:
			it.Reason = reasonOf(*t.Newest)
			it.Hint = i.site.HintForRun(t.Model.Name, t.Partition)
		case plan.Held:
			it.Reason = t.Reason()
			it.Hint = "let that come to its end, by the same command as before, or wait; it then runs by itself"
		case plan.Ready, plan.Running:
			it.Reason = "its inputs are there, but it did not come to an end"
			it.Hint = "run the same command again; rollcall.log says more"
		default:
			continue
		}
		list = append(list, it)
	}
	return list
}

func tables(wants []plan.TablePartition) (names []string) {
	for _, w := range wants {
		names = append(names, w.Table)
	}
	return slices.Compact(names) // the planner sorts by table
}

// askedFor are the tables that come from the sources asked, directly or through models.
func (i *inspector) askedFor() map[string]bool {
	asked := map[string]bool{}
	for _, name := range i.scope.Sources {
		for _, table := range i.pipeline.Sources[name].SortedTables() {
			asked[table] = true
		}
	}
	for _, model := range i.models {
		all := true
		for _, in := range model.Inputs {
			all = all && asked[in.Table]
		}
		asked[model.TableName()] = all
	}
	return asked
}
