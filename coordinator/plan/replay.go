package plan

import (
	"fmt"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Replay says what processing again comes to, before anything is touched.
type Replay struct {
	Reset     []Target           // run again in any case, in dependency order
	Sources   []*pipeline.Source // requested to load the partition again
	Republish []TablePartition   // tables whose events are published again
	Affected  []Target           // run only if something that they read changes
	From, To  partition.Partition
	// Hold lists the days from From to To and their months. All targets lie there. It is empty when nothing runs.
	Hold []partition.Partition
}

// ReplayRequest asks for the models of a partition to run again.
type ReplayRequest struct {
	Partition  partition.Partition
	Model      string // this model, and what is made from it for the same partition; empty: all models
	FromSource bool   // the sources load the partition again first
}

// Replay plans to run a partition's models again. When partitions are unlisted, list them in v and call it again.
func (pl *Planner) Replay(r ReplayRequest, v *ledger.View, now time.Time) (k Replay, unlisted []partition.Partition) {
	if !v.Listed(r.Partition) {
		return k, []partition.Partition{r.Partition}
	}
	for _, m := range pl.models {
		t := Target{Model: m, Partition: r.Partition}
		if m.Grain == r.Partition.Grain() && (r.Model == "" || m.Name == r.Model || pl.Reads(t, Set(Outputs(k.Reset)), v)) {
			k.Reset = append(k.Reset, t)
		}
	}
	seeds := Outputs(k.Reset)
	upstream := pl.upstream(k.Reset)
	for _, s := range pl.pipeline.SortedSources() {
		if s.Cadence != r.Partition.Grain() {
			continue
		}
		reads := func(table string) bool { return upstream[table] }
		if r.FromSource && slices.ContainsFunc(s.SortedTables(), reads) {
			k.Sources = append(k.Sources, s)
			seeds = append(seeds, LoadedBy(s, r.Partition)...)
		}
		for _, table := range s.SortedTables() {
			w := TablePartition{Table: table, Partition: r.Partition}
			readBy := func(t Target) bool { return reads(table) && pl.Reads(t, map[TablePartition]bool{w: true}, v) }
			if !r.FromSource && slices.ContainsFunc(k.Reset, readBy) {
				k.Republish = append(k.Republish, w)
			}
		}
	}
	return pl.addAffected(k, seeds, v, now)
}

// ReplaySince plans to deliver the events since a time again: those of some arrivals, and those that a broken
// coordinator has not recorded, of what sources load between then and now. When partitions are unlisted, list
// them in v and call it again.
func (pl *Planner) ReplaySince(since time.Time, arrivals []ledger.Arrival, v *ledger.View,
	now time.Time) (Replay, []partition.Partition) {
	var k Replay
	for _, a := range arrivals {
		k.Republish = append(k.Republish, TablePartition{Table: a.Table, Partition: a.Partition})
	}
	seeds := slices.Clone(k.Republish)
	for _, s := range pl.pipeline.SortedSources() {
		for p := range partition.Range(partition.NewestComplete(s.Cadence, since), partition.NewestComplete(s.Cadence, now)) {
			seeds = append(seeds, LoadedBy(s, p)...)
		}
	}
	return pl.addAffected(k, seeds, v, now)
}

// ReplayTargets plans to run some targets again, which are in dependency order. When partitions are unlisted, list them
// in v and call it again.
func (pl *Planner) ReplayTargets(targets []Target, v *ledger.View, now time.Time) (Replay, []partition.Partition) {
	return pl.addAffected(Replay{Reset: targets}, Outputs(targets), v, now)
}

// addAffected adds what is downstream of some tables' partitions, and what must be held for all of it.
func (pl *Planner) addAffected(k Replay, seeds []TablePartition, v *ledger.View,
	now time.Time) (Replay, []partition.Partition) {
	targets, unlisted := pl.Downstream(seeds, v, now)
	for _, t := range targets {
		if !slices.Contains(k.Reset, t) {
			k.Affected = append(k.Affected, t)
		}
	}
	var all []partition.Partition
	for _, t := range slices.Concat(k.Reset, k.Affected) {
		all = append(all, t.Partition)
	}
	if len(all) > 0 {
		k.From, k.To = partition.Covering(all)
		k.Hold = partition.Within(k.From, k.To)
	}
	return k, unlisted
}

// upstream returns the tables that targets are made from, directly or through other models, and their own.
func (pl *Planner) upstream(targets []Target) map[string]bool {
	wanted := map[string]bool{}
	for _, t := range targets {
		wanted[t.Model.TableName()] = true
	}
	for _, m := range slices.Backward(pl.models) {
		if wanted[m.TableName()] {
			for _, in := range m.Inputs {
				wanted[in.Table] = true
			}
		}
	}
	return wanted
}

// Outputs returns the tables' partitions that targets make.
func Outputs(targets []Target) (list []TablePartition) {
	for _, t := range targets {
		list = append(list, TablePartition{Table: t.Model.TableName(), Partition: t.Partition})
	}
	return list
}

// Set returns the partitions of a list as a set.
func Set(list []TablePartition) map[TablePartition]bool {
	m := map[TablePartition]bool{}
	for _, w := range list {
		m[w] = true
	}
	return m
}

// TargetsWithin returns every model's partitions that contain a day from one to another, models in dependency order.
func (pl *Planner) TargetsWithin(from, to partition.Partition) (list []Target) {
	for _, m := range pl.models {
		for p := range partition.Range(partition.Of(m.Grain, from.Start()), partition.Of(m.Grain, to.Start())) {
			list = append(list, Target{Model: m, Partition: p})
		}
	}
	return list
}

// Spans names tables' partitions, sorted by table and partition, with neighbours joined: "raw.kit 2026-11-20 to
// 2026-11-21". With count it adds how many are joined: "… (2)".
func Spans(list []TablePartition, count bool) (names []string) {
	at := func(w TablePartition) partition.Partition { return w.Partition }
	sameTable := func(a, b TablePartition) bool { return a.Table == b.Table }
	for _, group := range partition.Join(list, at, sameTable) {
		first, last := group[0], group[len(group)-1]
		name := first.Table + " " + partition.Text(first.Partition, last.Partition)
		if count && len(group) > 1 {
			name += fmt.Sprintf(" (%d)", len(group))
		}
		names = append(names, name)
	}
	return names
}
