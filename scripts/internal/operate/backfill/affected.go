package backfill

import (
	"context"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// following are the models' partitions that read any of the tables' partitions, or that read such a one of another model, with
// the ledger listed as far as it takes; what it lists is added to v.
func following(ctx context.Context, pl *plan.Planner, tables []plan.TablePartition, l *ledger.Ledger, v *ledger.View, now time.Time) (targets []plan.Target, err error) {
	err = l.ListUntil(ctx, v, func() (unlisted []partition.Partition) {
		targets, unlisted = pl.Downstream(tables, v, now)
		return unlisted
	})
	return targets, err
}

// span is from the first to the last day of some partitions, none of which is the zero Partition, and not beyond today: days to
// come would read the latest of what there is.
func span(list []partition.Partition, now time.Time) (from, to partition.Partition) {
	today := partition.Day(now)
	for i, p := range list {
		first, last := partition.Day(p.Start()), partition.Day(p.End().Add(-1))
		if last.Compare(today) > 0 {
			last = today
		}
		if i == 0 || first.Compare(from) < 0 {
			from = first
		}
		if i == 0 || last.Compare(to) > 0 {
			to = last
		}
	}
	return from, to
}

// partitionsOf are those of targets, each once.
func partitionsOf(targets []plan.Target) (list []partition.Partition) {
	for _, t := range targets {
		list = append(list, t.Partition)
	}
	slices.SortFunc(list, partition.Partition.Compare)
	return slices.Compact(list)
}
