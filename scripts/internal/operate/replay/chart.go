package replay

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// chart says what follows from what. It is pure: what it needs to know of the ledger and was not given, it names, and is asked
// again.
type chart struct {
	planner  *plan.Planner
	pipeline *pipeline.Pipeline
	now      time.Time
}

// course is what a replay comes to, before anything is touched.
type course struct {
	Reset   []plan.Target         // made to run again, in dependency order
	Sources []*pipeline.Source    // asked to load the date again
	Told    []plan.TablePartition // the tables that events will tell of again
	May     []plan.Target         // run only if something changes that they read
	Hold    []partition.Partition // the days from From to To, and their months: all of the above lie there
	From    partition.Partition
	To      partition.Partition
}

// again is the course of running a partition's models again, or one of them with what is made from it there; and what
// has to be listed before it is known.
func (c chart) again(r request, v *ledger.View) (k course, lacks []partition.Partition) {
	if !v.Listed(r.Date) {
		return k, []partition.Partition{r.Date}
	}
	for _, m := range c.planner.Models() {
		t := plan.Target{Model: m, Partition: r.Date}
		if m.Grain == r.Date.Grain() && (r.Model == "" || m.Name == r.Model || c.readsAny(t, k.Reset, v)) {
			k.Reset = append(k.Reset, t)
		}
	}
	seeds := outputs(k.Reset)
	upstream := c.upstream(k.Reset)
	for _, s := range c.pipeline.SortedSources() {
		if s.Cadence != r.Date.Grain() {
			continue
		}
		reads := func(table string) bool { return upstream[table] }
		if r.FromSource && slices.ContainsFunc(s.SortedTables(), reads) {
			k.Sources = append(k.Sources, s)
			seeds = append(seeds, reloaded(s, r.Date)...)
		}
		for _, table := range s.SortedTables() {
			if !r.FromSource && slices.ContainsFunc(k.Reset, func(t plan.Target) bool {
				return reads(table) && c.planner.Reads(t, map[plan.TablePartition]bool{{Table: table, Partition: r.Date}: true}, v)
			}) {
				k.Told = append(k.Told, plan.TablePartition{Table: table, Partition: r.Date})
			}
		}
	}
	return c.complete(k, seeds, v)
}

// since is the course of delivering again the events since a time: those that told of arrivals, and those that a broken
// coordinator has not recorded, of what sources load in such a time.
func (c chart) since(t time.Time, arrivals []ledger.Arrival, v *ledger.View) (k course, lacks []partition.Partition) {
	for _, a := range arrivals {
		k.Told = append(k.Told, plan.TablePartition{Table: a.Table, Partition: a.Partition})
	}
	seeds := slices.Clone(k.Told)
	for _, s := range c.pipeline.SortedSources() {
		for p := range partition.Range(partition.NewestComplete(s.Cadence, t), partition.NewestComplete(s.Cadence, c.now)) {
			seeds = append(seeds, reloaded(s, p)...)
		}
	}
	return c.complete(k, seeds, v)
}

// complete adds what follows from some tables' partitions, and what is to be held for it.
func (c chart) complete(k course, seeds []plan.TablePartition, v *ledger.View) (course, []partition.Partition) {
	targets, lacks := c.planner.Downstream(seeds, v, c.now)
	for _, t := range targets {
		if !slices.Contains(k.Reset, t) {
			k.May = append(k.May, t)
		}
	}
	var affected []partition.Partition
	for _, t := range slices.Concat(k.Reset, k.May) {
		affected = append(affected, t.Partition)
	}
	if len(affected) > 0 {
		k.From, k.To = daysOf(affected)
		k.Hold = k.within()
	}
	return k, lacks
}

// readsAny reports whether a target reads what any of the others makes.
func (c chart) readsAny(t plan.Target, others []plan.Target, v *ledger.View) bool {
	by := map[plan.TablePartition]bool{}
	for _, w := range outputs(others) {
		by[w] = true
	}
	return c.planner.Reads(t, by, v)
}

// upstream are the raw tables that targets are made from, directly or through other models.
func (c chart) upstream(targets []plan.Target) map[string]bool {
	wanted := map[string]bool{}
	for _, t := range targets {
		wanted[t.Model.TableName()] = true
	}
	for _, m := range slices.Backward(c.planner.Models()) {
		if wanted[m.TableName()] {
			for _, in := range m.Inputs {
				wanted[in.Table] = true
			}
		}
	}
	return wanted
}

// reloaded are the tables' partitions that a source loads when it is asked for one: of window tables the trailing window.
func reloaded(s *pipeline.Source, p partition.Partition) (list []plan.TablePartition) {
	for _, table := range s.SortedTables() {
		for q := range s.Brings(table, p) {
			list = append(list, plan.TablePartition{Table: table, Partition: q})
		}
	}
	return list
}

// reloads are what the sources load that are asked for a partition.
func (k course) reloads(p partition.Partition) (list []plan.TablePartition) {
	for _, s := range k.Sources {
		list = append(list, reloaded(s, p)...)
	}
	return list
}

func partitionsOf(wants []plan.TablePartition) (list []partition.Partition) {
	for _, w := range wants {
		list = append(list, w.Partition)
	}
	return list
}

func output(t plan.Target) plan.TablePartition {
	return plan.TablePartition{Table: t.Model.TableName(), Partition: t.Partition}
}

func outputs(targets []plan.Target) (list []plan.TablePartition) {
	for _, t := range targets {
		list = append(list, output(t))
	}
	return list
}

// daysOf are the first and the last of the fewest days such that each of some partitions holds one of them.
func daysOf(partitions []partition.Partition) (from, to partition.Partition) {
	for _, p := range partitions {
		first, last := partition.Day(p.Start()), partition.Day(p.End().Add(-1))
		if from.IsZero() || last.Compare(from) < 0 {
			from = last
		}
		if to.IsZero() || first.Compare(to) > 0 {
			to = first
		}
	}
	if to.Compare(from) < 0 { // a month alone: all that is left of it is one day
		from = to
	}
	return from, to
}
