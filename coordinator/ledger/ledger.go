package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// parallel bounds the calls that one method makes to the store at once.
const parallel = 8

// Ledger reads and writes the records of one bucket. It may be used from many goroutines.
type Ledger struct {
	store  Store
	writer string
	runs   *cache
}

// New is the ledger in a store, written to under the name of one coordinator instance, which no other may bear.
func New(store Store, writer string) *Ledger {
	return &Ledger{store: store, writer: writer, runs: newCache(4096)}
}

// Writer is the name under which this ledger is written to.
func (l *Ledger) Writer() string { return l.writer }

// RecordArrivals records that every table of e has arrived. What was recorded before changes nothing.
func (l *Ledger) RecordArrivals(ctx context.Context, e event.Event, now time.Time) error {
	data, err := json.Marshal(ArrivalRecord{Version, now.UTC(), e})
	if err != nil {
		return fmt.Errorf("ledger: encode arrival: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, t := range e.Tables {
		a := Arrival{Table: t.Table, Partition: e.Partition, LoadedAt: t.LoadedAt, LoadID: e.LoadID, Digest: t.Digest}
		group.Go(func() error {
			if err := l.store.Create(ctx, a.name(), data); err != nil && !errors.Is(err, ErrExists) {
				return fmt.Errorf("ledger: record arrival of %s for %s: %w", a.Table, a.Partition, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// List adds what the ledger holds of the wanted partitions to v: one listing for each stretch of neighbours.
func (l *Ledger) List(ctx context.Context, v *View, wanted []partition.Partition) error {
	list := spans(wanted)
	names := make([][]string, len(list))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, s := range list {
		group.Go(func() (err error) {
			prefix, from, to := s.bounds()
			if names[i], err = l.store.List(ctx, prefix, from, to); err != nil {
				return fmt.Errorf("ledger: list %s to %s: %w", s.first, s.last, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, p := range wanted {
		v.open(p)
	}
	for _, names := range names {
		for _, name := range names {
			if err := v.add(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// ListUntil lists partitions into v until find names no more of them. It calls find again after each listing, because what a
// listing shows may lead find to other partitions.
func (l *Ledger) ListUntil(ctx context.Context, v *View, find func() (unlisted []partition.Partition)) error {
	for {
		unlisted := find()
		if len(unlisted) == 0 {
			return nil
		}
		if err := l.List(ctx, v, unlisted); err != nil {
			return err
		}
	}
}
