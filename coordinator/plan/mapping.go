package plan

import (
	"errors"
	"fmt"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// checkMapping reports why an input's mapping is impossible for a model.
func checkMapping(model *manifest.Model, in manifest.Input) error {
	grains := func(of, input partition.Grain) error {
		if model.Grain != of || in.Grain != input {
			return fmt.Errorf("mapping %s is for a %s model and a %s input, not for %s and %s", in.Mapping, of, input,
				model.Grain, in.Grain)
		}
		return nil
	}
	switch in.Mapping {
	case manifest.Same:
		return grains(in.Grain, model.Grain)
	case manifest.EachDay:
		return grains(partition.Monthly, partition.Daily)
	case manifest.MonthOf:
		return grains(partition.Daily, partition.Monthly)
	case manifest.PreviousMonth:
		return grains(model.Grain, partition.Monthly)
	case manifest.LastNDays:
		if in.N < 1 || in.N > manifest.MaxDays {
			return fmt.Errorf("mapping last_n_days of %d days: must be 1 to %d", in.N, manifest.MaxDays)
		}
		return grains(partition.Daily, partition.Daily)
	case manifest.LastNMonths:
		if in.N < 1 || in.N > manifest.MaxMonths {
			return fmt.Errorf("mapping last_n_months of %d months: must be 1 to %d", in.N, manifest.MaxMonths)
		}
		return grains(model.Grain, partition.Monthly)
	case manifest.Latest:
		return nil
	case manifest.All:
		if !model.ReadsAll() {
			return errors.New("mapping all is for a monthly model and for materialized: table")
		}
		return nil
	}
	return fmt.Errorf("mapping %q is unknown", in.Mapping)
}

// window returns the first and the last of an input's partitions that a mapping names for partition p of a model. The
// first of latest and of all is the zero Partition: they look back to the pipeline's start.
func window(in manifest.Input, p partition.Partition) (first, last partition.Partition) {
	switch in.Mapping {
	case manifest.EachDay:
		return partition.Day(p.Start()), partition.Day(p.End()).Add(-1)
	case manifest.MonthOf:
		return p.Month(), p.Month()
	case manifest.PreviousMonth:
		return p.Month().Add(-1), p.Month().Add(-1)
	case manifest.LastNDays:
		return p.Add(1 - in.N), p
	case manifest.LastNMonths:
		last = partition.NewestComplete(partition.Monthly, p.End())
		return last.Add(1 - in.N), last
	case manifest.Latest, manifest.All:
		return first, partition.NewestComplete(in.Grain, p.End())
	}
	return p, p // same
}

// windowFromStart returns what window returns, but for latest and all it begins with the pipeline's start.
func (pl *Planner) windowFromStart(in manifest.Input, p partition.Partition) (first, last partition.Partition) {
	if first, last = window(in, p); first.IsZero() {
		first = partition.Of(in.Grain, pl.pipeline.StartDay().Start())
	}
	return first, last
}

// names reports whether a mapping names partition q of an input for partition p of a model. Of those that latest names, the
// model reads one.
func (pl *Planner) names(in manifest.Input, p, q partition.Partition) bool {
	first, last := pl.windowFromStart(in, p)
	return q.Compare(first) >= 0 && q.Compare(last) <= 0
}

// waits reports whether partition p of a model waits for partition q of an input, which a mapping names: for the month of
// month_of and previous_month, and by the other mappings for what lies in p itself.
func waits(in manifest.Input, p, q partition.Partition) bool {
	switch in.Mapping {
	case manifest.MonthOf, manifest.PreviousMonth:
		return true
	case manifest.Latest:
		return false
	}
	return p.Contains(q)
}

// input is a table partition that a target reads, and whether the target waits for it.
type input struct {
	TablePartition
	required bool
}

// inputs returns the partitions that a target reads, sorted by table and partition, each once, and the
// partitions to list before all of them are known.
func (pl *Planner) inputs(t Target, v *ledger.View) (list []input, unlisted []partition.Partition) {
	for _, in := range t.Model.Inputs {
		if in.Mapping == manifest.Latest {
			p, found, more := pl.newest(t, in, v)
			if found {
				list = append(list, input{TablePartition: TablePartition{in.Table, p}})
			}
			unlisted = append(unlisted, more...)
			continue
		}
		for p := range partition.Range(pl.windowFromStart(in, t.Partition)) {
			w := TablePartition{in.Table, p}
			list = append(list, input{w, waits(in, t.Partition, p) && pl.Awaited(w)})
		}
	}
	slices.SortFunc(list, func(a, b input) int {
		if c := a.compare(b.TablePartition); c != 0 || a.required == b.required {
			return c
		}
		if a.required { // sorts first, so that Compact keeps it
			return -1
		}
		return 1
	})
	return slices.CompactFunc(list, func(a, b input) bool { return a.TablePartition == b.TablePartition }), unlisted
}

// newest returns what latest finds for a target, looking back to the pipeline's start. Where the view ends,
// it asks for as many partitions again as it has looked through, so that a table with a long silence costs
// few listings.
func (pl *Planner) newest(t Target, in manifest.Input, v *ledger.View) (
	p partition.Partition, found bool, unlisted []partition.Partition,
) {
	seen := 0
	for _, p = window(in, t.Partition); pl.Expected(p); p = p.Add(-1) {
		if !v.Listed(p) {
			return p, false, pl.nextToList(p, -1, seen)
		}
		if _, ok := v.Newest(in.Table, p); ok {
			return p, true, nil
		}
		seen++
	}
	return p, false, nil
}

// nextToList returns the partitions to list after seen ones have been looked through: as many again, and at
// least a week or two months.
func (pl *Planner) nextToList(from partition.Partition, step, seen int) (list []partition.Partition) {
	n := max(seen, 7)
	if from.Grain() == partition.Monthly {
		n = max(seen, 2)
	}
	for i := range n {
		if p := from.Add(step * i); pl.Expected(p) {
			list = append(list, p)
		}
	}
	return list
}

// readers returns the partitions of a model, up to last, that read partition at of an input, and the
// partitions to list before all of them are known. It is the inverse of inputs.
func (pl *Planner) readers(model *manifest.Model, in manifest.Input, at, last partition.Partition, v *ledger.View) (
	list, unlisted []partition.Partition,
) {
	seen := 0
	for p := partition.Of(model.Grain, at.Start()); p.Compare(last) <= 0; p = p.Add(1) {
		first, newest := pl.windowFromStart(in, p)
		if at.Compare(first) < 0 {
			break // and before those of all later partitions
		}
		for q := at.Add(1 + seen); in.Mapping == manifest.Latest && q.Compare(newest) <= 0; q = q.Add(1) {
			if !v.Listed(q) {
				end := partition.Of(in.Grain, last.End().Add(-1))
				return list, slices.DeleteFunc(pl.nextToList(q, 1, seen),
					func(r partition.Partition) bool { return r.Compare(end) > 0 })
			}
			if _, ok := v.Newest(in.Table, q); ok {
				return list, nil // from here on latest finds q
			}
			seen++
		}
		if at.Compare(newest) <= 0 {
			list = append(list, p)
		}
	}
	return list, nil
}
