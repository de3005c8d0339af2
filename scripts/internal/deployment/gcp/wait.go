package gcp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

const (
	// maxPause bounds the pause between two polls.
	maxPause = 30 * time.Second
	// maxFailures is how often in a row a poll may fail, which is some minutes: a person must fix what lasts longer.
	maxFailures = 12
)

// pending reports that something is not done yet. It is waited for without a limit.
type pending struct{ error }

// until polls with growing pauses until poll returns no error. It fails immediately with a permanent error, and
// with any other that lasts.
func (w *Worker) until(ctx context.Context, poll func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = w.pause, maxPause
	inARow := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := poll()
		if _, waits := errors.AsType[pending](err); err == nil || waits {
			inARow = 0
		} else if inARow++; inARow == maxFailures {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))
	return err
}

// maxHandling is how long the coordinator may take to record an arrival. What it has not recorded by then is
// probably a dead letter.
const maxHandling = 30 * time.Minute

// Quiet polls the ledger until every event that this worker has caused is recorded, and nothing is running or
// about to run. It fails when ctx ends, and with an error that lasts.
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
				return pending{fmt.Errorf("%s: %s", d.Target, explain.Reason(d))}
			}
		}
		return nil
	})
}

// arrived returns an error while something that this worker has caused is not in the ledger yet.
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
	w.coming = slices.DeleteFunc(w.coming, func(a arrival) bool {
		return slices.Contains(coming, a) &&
			!slices.Contains(left, a)
	})
	w.mu.Unlock()
	if len(left) == 0 {
		return nil
	}
	first := left[0]
	err := fmt.Errorf("%s %s was loaded at %s, and the coordinator has not recorded it", first.table,
		first.partition, first.loadedAt.Format(time.RFC3339))
	if w.now().Sub(first.since) > maxHandling {
		return backoff.Permanent(fmt.Errorf("%w; see %s", err, w.Command("deadletters")))
	}
	return pending{err}
}
