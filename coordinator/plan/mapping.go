package plan

import (
	"fmt"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// checkMapping reports why an input's mapping is impossible between the grains of the model and the input.
func checkMapping(model partition.Grain, in manifest.Input) error {
	grains := func(of, input partition.Grain) error {
		if model != of || in.Grain != input {
			return fmt.Errorf("mapping %s is for a %s model and a %s input, not for %s and %s", in.Mapping, of, input,
				model, in.Grain)
		}
		return nil
	}
	switch in.Mapping {
	case manifest.Same:
		return grains(in.Grain, model)
	case manifest.EachDay:
		return grains(partition.Monthly, partition.Daily)
	case manifest.MonthOf:
		return grains(partition.Daily, partition.Monthly)
	case manifest.PreviousMonth:
		return grains(model, partition.Monthly)
	case manifest.LastNDays:
		if in.N < 1 || in.N > 400 {
			return fmt.Errorf("mapping last_n_days of %d days: must be 1 to 400", in.N)
		}
		return grains(partition.Daily, partition.Daily)
	case manifest.Latest:
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

// input is a table partition that a target reads, and whether the target waits for it.
type input struct {
	TablePartition
	required bool
}

// fixedInputs returns the partitions of an input that a target reads whatever has arrived. By latest there
// are none.
func fixedInputs(t Target, in manifest.Input) (list []input) {
	add := func(p partition.Partition, required bool) {
		list = append(list, input{TablePartition{in.Table, p}, required})
	}
	switch in.Mapping {
	case manifest.Same:
		add(t.Partition, true)
	case manifest.EachDay:
		for day := range t.Partition.Days() {
			add(day, true)
		}
	case manifest.MonthOf:
		add(t.Partition.Month(), true)
	case manifest.PreviousMonth:
		add(t.Partition.Month().Add(-1), true)
	case manifest.LastNDays:
		for i := range in.N {
			add(t.Partition.Add(-i), i == 0)
		}
	}
	return list
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
		for _, w := range fixedInputs(t, in) {
			w.required = w.required && pl.Awaited(w.TablePartition)
			list = append(list, w)
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

// newestVisible returns the newest partition of an input that latest may find for a target: the last one
// that ended no later than the target does. So a day does not read the month that contains it; otherwise
// every day of a month would run again when the month arrives.
func newestVisible(t Target, in manifest.Input) partition.Partition {
	return partition.NewestComplete(in.Grain, t.Partition.End())
}

// newest returns what latest finds for a target, looking back to the pipeline's start. Where the view ends,
// it asks for as many partitions again as it has looked through, so that a table with a long silence costs
// few listings.
func (pl *Planner) newest(t Target, in manifest.Input, v *ledger.View) (
	p partition.Partition, found bool, unlisted []partition.Partition,
) {
	seen := 0
	for p = newestVisible(t, in); pl.Expected(p); p = p.Add(-1) {
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
	switch in.Mapping {
	case manifest.Same:
		list = append(list, at)
	case manifest.EachDay:
		list = append(list, at.Month())
	case manifest.MonthOf:
		list = slices.Collect(at.Days())
	case manifest.PreviousMonth:
		next := at.Add(1)
		if model.Grain == partition.Monthly {
			return append(list, next), nil
		}
		list = slices.Collect(next.Days())
	case manifest.LastNDays:
		list = slices.Collect(partition.Range(at, at.Add(in.N-1)))
	case manifest.Latest:
		if !pl.Expected(at) {
			return nil, nil // latest does not look that far back
		}
		seen := 0
		for p := partition.Of(model.Grain, at.Start()); p.Compare(last) <= 0; p = p.Add(1) {
			newest := newestVisible(Target{model, p}, in)
			for q := at.Add(1 + seen); q.Compare(newest) <= 0; q = q.Add(1) {
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
			if newest.Compare(at) >= 0 {
				list = append(list, p)
			}
		}
	}
	return list, nil
}
