package gcp

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// handled is how long the coordinator is given to record an event's arrival. What it has not recorded by then is likely to be
// a dead letter.
const handled = 30 * time.Minute

// Quiet asks the ledger until every event that this worker has brought about is recorded, and no run is under way nor about to
// be, ctx ends, or there is trouble that does not pass.
func (w *Worker) Quiet(ctx context.Context, from, to partition.Partition) error {
	reporter, err := w.Reporter(w.now)
	if err != nil {
		return err
	}
	return w.until(ctx, func() error {
		if err := w.arrived(ctx); err != nil {
			return err
		}
		report, err := reporter.Report(ctx, from, to)
		if err != nil {
			return err
		}
		for _, d := range report.Decisions {
			if d.Action != plan.Nothing {
				return underWay{fmt.Errorf("%s: %s", d.Target, d.Reason())}
			}
		}
		return nil
	})
}

// arrived reports what has been brought about and is not in the ledger yet.
func (w *Worker) arrived(ctx context.Context) error {
	w.mu.Lock()
	coming := slices.Clone(w.coming)
	w.mu.Unlock()
	var wanted []partition.Partition
	for _, a := range coming {
		wanted = append(wanted, a.partition)
	}
	var view ledger.View
	if err := ledger.New(w.Store, "reader").List(ctx, &view, wanted); err != nil {
		return err
	}
	var left []arrival
	for _, a := range coming {
		if newest, ok := view.Newest(a.table, a.partition); !ok || newest.LoadedAt.Before(a.loadedAt) {
			left = append(left, a)
		}
	}
	w.mu.Lock()
	w.coming = slices.DeleteFunc(w.coming, func(a arrival) bool { return slices.Contains(coming, a) && !slices.Contains(left, a) })
	w.mu.Unlock()
	if len(left) == 0 {
		return nil
	}
	first := left[0]
	err := fmt.Errorf("%s %s was loaded at %s, and the coordinator has not recorded it", first.table, first.partition, first.loadedAt.Format(time.RFC3339))
	if w.now().Sub(first.since) > handled {
		return backoff.Permanent(fmt.Errorf("%w; see %s", err, w.Command("deadletters")))
	}
	return underWay{err}
}
