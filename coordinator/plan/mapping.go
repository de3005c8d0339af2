package plan

import (
	"fmt"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// mappable reports why an input's mapping makes no sense between the two grains.
func mappable(model partition.Grain, in manifest.Input) error {
	grains := func(of, input partition.Grain) error {
		if model != of || in.Grain != input {
			return fmt.Errorf("mapping %s is for a %s model and a %s input, not for %s and %s", in.Mapping, of, input, model, in.Grain)
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
			return fmt.Errorf("mapping last_n_days of %d days, not 1 to 400", in.N)
		}
		return grains(partition.Daily, partition.Daily)
	case manifest.Latest:
		return nil
	}
	return fmt.Errorf("mapping %q is not known", in.Mapping)
}

// input is a partition that a target reads; one that is required is waited for.
type input struct {
	TablePartition
	required bool
}

// fixed are the partitions of an input that a target reads whatever has arrived; none by latest.
func fixed(t Target, in manifest.Input) (list []input) {
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

// inputs are the partitions that a target reads, sorted by table and partition, each once; and what has to be listed before
// all of them are known.
func (pl *Planner) inputs(t Target, v *ledger.View) ([]input, []partition.Partition) {
	var list []input
	var lacks []partition.Partition
	for _, in := range t.Model.Inputs {
		if in.Mapping == manifest.Latest {
			p, found, lacking := pl.newest(t, in, v)
			if found {
				list = append(list, input{TablePartition: TablePartition{in.Table, p}})
			}
			lacks = append(lacks, lacking...)
			continue
		}
		for _, w := range fixed(t, in) {
			w.required = w.required && pl.Awaited(w.TablePartition)
			list = append(list, w)
		}
	}
	slices.SortFunc(list, func(a, b input) int {
		if c := byTable(a.TablePartition, b.TablePartition); c != 0 || a.required == b.required {
			return c
		}
		if a.required { // before the same that is not, which is then left out
			return -1
		}
		return 1
	})
	return slices.CompactFunc(list, func(a, b input) bool { return a.TablePartition == b.TablePartition }), lacks
}

// top is the newest partition of an input that latest may find for a target: the last that had ended when the target's
// did. A day does not see the month that it lies in, or every day of a month would run again when the month arrives.
func top(t Target, in manifest.Input) partition.Partition {
	return partition.NewestComplete(in.Grain, t.Partition.End())
}

// newest looks for what latest finds, back to the pipeline's start. As far as the view does not reach, it lacks as many
// partitions again as have been looked through, so that a table that has long been silent costs few listings.
func (pl *Planner) newest(t Target, in manifest.Input, v *ledger.View) (p partition.Partition, found bool, lacks []partition.Partition) {
	seen := 0
	for p = top(t, in); pl.Expected(p); p = p.Add(-1) {
		if !v.Listed(p) {
			return p, false, pl.stretch(p, -1, seen)
		}
		if _, ok := v.Newest(in.Table, p); ok {
			return p, true, nil
		}
		seen++
	}
	return p, false, nil
}

// stretch is the next stretch to list when so many partitions have been looked through: at least a week, or two months.
func (pl *Planner) stretch(from partition.Partition, step, seen int) []partition.Partition {
	n := max(seen, 7)
	if from.Grain() == partition.Monthly {
		n = max(seen, 2)
	}
	var list []partition.Partition
	for i := range n {
		if p := from.Add(step * i); pl.Expected(p) {
			list = append(list, p)
		}
	}
	return list
}

// readers are the partitions of a model that read partition at of an input, up to last; and what has to be listed before
// all of them are known. It is the inverse of wants.
func (pl *Planner) readers(model *manifest.Model, in manifest.Input, at, last partition.Partition, v *ledger.View) (list, lacks []partition.Partition) {
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
			for q := at.Add(1 + seen); q.Compare(top(Target{model, p}, in)) <= 0; q = q.Add(1) {
				if !v.Listed(q) {
					return list, upTo(pl.stretch(q, 1, seen), partition.Of(in.Grain, last.End().Add(-1)))
				}
				if _, ok := v.Newest(in.Table, q); ok {
					return list, nil // from here on latest finds q
				}
				seen++
			}
			if top(Target{model, p}, in).Compare(at) >= 0 {
				list = append(list, p)
			}
		}
	}
	return list, lacks
}

func upTo(list []partition.Partition, last partition.Partition) []partition.Partition {
	return slices.DeleteFunc(list, func(p partition.Partition) bool { return p.Compare(last) > 0 })
}
