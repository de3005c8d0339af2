package replay

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// within are the days from the first to the last, and their months.
func (k course) within() []partition.Partition {
	return slices.Concat(slices.Collect(partition.Range(k.From, k.To)), slices.Collect(partition.Range(k.From.Month(), k.To.Month())))
}

// list lists all that lies within a course.
func (r *replay) list(ctx context.Context, k course) (*ledger.View, error) {
	v := &ledger.View{}
	if err := r.ledger.List(ctx, v, k.within()); err != nil {
		return nil, err
	}
	for _, m := range r.Manifest.Models {
		if m.Materialized == manifest.Table {
			if err := r.ledger.ListLog(ctx, v, ledger.LogOf(m, k.From)); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// newestRecords are the numbers of the newest records of the logs within a course.
func (r *replay) newestRecords(ctx context.Context, k course) (map[ledger.Log]int, error) {
	v, err := r.list(ctx, k)
	if err != nil {
		return nil, err
	}
	seqs := map[ledger.Log]int{}
	for _, t := range r.targetsWithin(k) {
		log := ledger.LogOf(t.Model, t.Partition)
		seqs[log] = v.Seq(log)
	}
	return seqs, nil
}

// runsSince are the runs within a course that have ended since it was surveyed, in the order of their ends.
func (r *replay) runsSince(ctx context.Context, s survey) (list []ledger.Run, err error) {
	now, err := r.newestRecords(ctx, s.course)
	if err != nil {
		return nil, err
	}
	for log, last := range now {
		for seq := s.seqs[log] + 1; seq <= last; seq++ {
			run, err := r.ledger.ReadRun(ctx, log, seq)
			if err != nil {
				return nil, err
			}
			if run.State != ledger.Started {
				list = append(list, run)
			}
		}
	}
	slices.SortFunc(list, func(a, b ledger.Run) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Model, b.Model), a.Partition.Compare(b.Partition))
	})
	return list, nil
}

func (r *replay) targetsWithin(k course) (list []plan.Target) {
	for _, m := range r.Manifest.Models {
		for p := range partition.Range(partition.Of(m.Grain, k.From.Start()), partition.Of(m.Grain, k.To.Start())) {
			list = append(list, plan.Target{Model: m, Partition: p})
		}
	}
	return list
}
