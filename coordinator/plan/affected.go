package plan

import (
	"cmp"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Reads reports whether a target reads any of some partitions of tables, which have arrived or are about to: whether it will
// be affected by that arrival. By latest it is not when a newer partition has arrived.
func (pl *Planner) Reads(t Target, by map[TablePartition]bool, v *ledger.View) bool {
	return slices.ContainsFunc(t.Model.Inputs, func(in manifest.Input) bool {
		if in.Mapping != manifest.Latest {
			return slices.ContainsFunc(fixed(t, in), func(w input) bool { return by[w.TablePartition] })
		}
		newest, found, _ := pl.newest(t, in, v)
		for w := range by {
			if w.Table == in.Table && w.Partition.Compare(top(t, in)) <= 0 && pl.Expected(w.Partition) &&
				(!found || newest.Compare(w.Partition) <= 0) {
				return true
			}
		}
		return false
	})
}

// Affected are the targets for which any of the tables, having arrived for partition at, may change something: models in
// dependency order, each with its partitions in order. No partition that begins after now is affected, unless at does too. When
// partitions are lacking, list them and ask again.
func (pl *Planner) Affected(tables []string, at partition.Partition, v *ledger.View, now time.Time) ([]Target, []partition.Partition) {
	var targets []Target
	var lacks []partition.Partition
	for _, model := range pl.models {
		found := map[partition.Partition]bool{}
		last := partition.Of(model.Grain, latest(now, at.Start()))
		for _, in := range model.Inputs {
			if in.Grain != at.Grain() || !slices.Contains(tables, in.Table) {
				continue
			}
			list, lacking := pl.readers(model, in, at, last, v)
			for _, p := range list {
				if pl.Expected(p) && p.Compare(last) <= 0 {
					found[p] = true
				}
			}
			lacks = append(lacks, lacking...)
		}
		for _, p := range sorted(found) {
			targets = append(targets, Target{model, p})
		}
	}
	return targets, lacks
}

// Downstream are the targets that Affected gives of some partitions of tables, those that it gives of what these make, and so on:
// models in dependency order, each with its partitions in order. When partitions are lacking, list them and ask again.
func (pl *Planner) Downstream(by []TablePartition, v *ledger.View, now time.Time) (targets []Target, lacks []partition.Partition) {
	known := map[Target]bool{}
	for next := by; len(next) > 0; {
		tables := map[partition.Partition][]string{}
		for _, w := range next {
			tables[w.Partition] = append(tables[w.Partition], w.Table)
		}
		next = nil
		for p, names := range tables {
			found, lacking := pl.Affected(names, p, v, now)
			lacks = append(lacks, lacking...)
			for _, t := range found {
				if !known[t] {
					known[t] = true
					targets, next = append(targets, t), append(next, TablePartition{t.Model.TableName(), t.Partition})
				}
			}
		}
	}
	order := map[*manifest.Model]int{}
	for i, m := range pl.models {
		order[m] = i
	}
	slices.SortFunc(targets, func(a, b Target) int {
		return cmp.Or(cmp.Compare(order[a.Model], order[b.Model]), a.Partition.Compare(b.Partition))
	})
	return targets, lacks
}

// Blocked are the targets that wait for any of some partitions of tables, and those that wait for these, of all that have
// begun at now: models in dependency order, each with its partitions in order.
func (pl *Planner) Blocked(by []TablePartition, now time.Time) (targets []Target) {
	missing := map[TablePartition]bool{}
	for _, w := range by {
		missing[w] = true
	}
	for _, model := range pl.models {
		found := map[partition.Partition]bool{}
		last := partition.Of(model.Grain, now)
		for _, in := range model.Inputs {
			if in.Mapping == manifest.Latest {
				continue // waits for nobody
			}
			for w := range missing {
				if w.Table != in.Table {
					continue
				}
				readers, _ := pl.readers(model, in, w.Partition, last, &ledger.View{})
				for _, p := range readers {
					waits := slices.Contains(fixed(Target{model, p}, in), input{w, true})
					if waits && pl.Expected(p) && p.Compare(last) <= 0 && pl.Awaited(w) {
						found[p] = true
					}
				}
			}
		}
		for _, p := range sorted(found) {
			targets = append(targets, Target{model, p})
			missing[TablePartition{model.TableName(), p}] = true
		}
	}
	return targets
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func sorted(set map[partition.Partition]bool) []partition.Partition {
	list := make([]partition.Partition, 0, len(set))
	for p := range set {
		list = append(list, p)
	}
	slices.SortFunc(list, partition.Partition.Compare)
	return list
}
