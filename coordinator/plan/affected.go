package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Reads reports whether a target reads any of the given table partitions, which have arrived or are about
// to. By latest it does not if a newer partition has arrived.
func (pl *Planner) Reads(t Target, by map[TablePartition]bool, v *ledger.View) bool {
	return slices.ContainsFunc(t.Model.Inputs, func(in manifest.Input) bool {
		var oldest partition.Partition // that it can read
		if in.Mapping == manifest.Latest {
			if newest, found, _ := pl.newest(t, in, v); found {
				oldest = newest
			}
		}
		for w := range by {
			if w.Table == in.Table && pl.names(in, t.Partition, w.Partition) && w.Partition.Compare(oldest) >= 0 {
				return true
			}
		}
		return false
	})
}

// Affected returns the targets that may change when any of the tables arrives for partition at: models in
// dependency order, each with its partitions in order. No partition that begins after now is affected,
// unless at does too. If partitions are unlisted, list them and call it again.
func (pl *Planner) Affected(tables []string, at partition.Partition, v *ledger.View, now time.Time) (
	targets []Target, unlisted []partition.Partition,
) {
	if at.Start().After(now) {
		now = at.Start()
	}
	for _, model := range pl.models {
		found := map[partition.Partition]bool{}
		last := partition.Of(model.Grain, now)
		for _, in := range model.Inputs {
			if in.Grain != at.Grain() || !slices.Contains(tables, in.Table) {
				continue
			}
			list, more := pl.readers(model, in, at, last, v)
			for _, p := range list {
				if pl.Expected(p) {
					found[p] = true
				}
			}
			unlisted = append(unlisted, more...)
		}
		targets = append(targets, targetsOf(model, found)...)
	}
	return targets, unlisted
}

// Downstream returns all targets downstream of the given table partitions, directly or through other
// models: models in dependency order, each with its partitions in order. If partitions are unlisted, list
// them and call it again.
func (pl *Planner) Downstream(of []TablePartition, v *ledger.View, now time.Time) (
	targets []Target, unlisted []partition.Partition,
) {
	known := map[Target]bool{}
	for next := of; len(next) > 0; {
		tables := map[partition.Partition][]string{}
		for _, w := range next {
			tables[w.Partition] = append(tables[w.Partition], w.Table)
		}
		next = nil
		for p, names := range tables {
			found, more := pl.Affected(names, p, v, now)
			unlisted = append(unlisted, more...)
			for _, t := range found {
				if !known[t] {
					known[t] = true
					targets, next = append(targets, t), append(next, TablePartition{t.Model.TableName(), t.Partition})
				}
			}
		}
	}
	slices.SortFunc(targets, func(a, b Target) int {
		return cmp.Or(cmp.Compare(slices.Index(pl.models, a.Model), slices.Index(pl.models, b.Model)),
			a.Partition.Compare(b.Partition))
	})
	return targets, unlisted
}

// Blocked returns the targets that wait for any of the given table partitions, directly or through other
// models, and that have begun at now: models in dependency order, each with its partitions in order.
func (pl *Planner) Blocked(by []TablePartition, now time.Time) (targets []Target) {
	missing := map[TablePartition]bool{}
	for _, w := range by {
		missing[w] = true
	}
	for _, model := range pl.models {
		found := map[partition.Partition]bool{}
		last := partition.Of(model.Grain, now)
		for _, in := range model.Inputs {
			for w := range missing {
				if w.Table != in.Table {
					continue
				}
				readers, _ := pl.readers(model, in, w.Partition, last, &ledger.View{})
				for _, p := range readers {
					if waits(in, p, w.Partition) && pl.Expected(p) && pl.Awaited(w) {
						found[p] = true
					}
				}
			}
		}
		for _, t := range targetsOf(model, found) {
			targets = append(targets, t)
			missing[TablePartition{model.TableName(), t.Partition}] = true
		}
	}
	return targets
}

func targetsOf(model *manifest.Model, partitions map[partition.Partition]bool) (targets []Target) {
	for _, p := range slices.SortedFunc(maps.Keys(partitions), partition.Partition.Compare) {
		targets = append(targets, Target{model, p})
	}
	return targets
}
