package ledger_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
)

func newHolder(store ledger.Store, by string, now func() time.Time, parts []partition.Partition) *ledger.Holder {
	return ledger.NewHolder(ledger.New(store, by), ledger.HolderOptions{
		Kind: "backfill", Hold: ledger.Hold{By: by, From: parts[0], To: parts[len(parts)-1]}, TTL: 30 * time.Minute,
		Now: now, Dead: func(string) bool { return false },
	})
}

// Of two holders that start at the same time, the second to hold the partitions gets a HeldError.
func TestOnlyOneOfTwoHoldersGetsThePartitions(t *testing.T) {
	store := &coordtest.Store{}
	now := time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	parts := []partition.Partition{partition.MustParse("2026-01-05"), partition.MustParse("2026-01-06")}
	a, b := newHolder(store, "a", clock, parts), newHolder(store, "b", clock, parts)
	for _, h := range []*ledger.Holder{a, b} {
		if _, err := h.TakeOver(t.Context(), parts, func(ledger.Hold) bool { return false }, false); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Take(t.Context(), parts); err != nil { // before b has written
		t.Fatal(err)
	}
	var held *ledger.HeldError
	if err := b.Take(t.Context(), parts); !errors.As(err, &held) || held.Hold.By != "a" {
		t.Errorf("the second to hold got %v", err)
	}
	var v ledger.View
	if err := ledger.New(store, "a").List(t.Context(), &v, parts); err != nil {
		t.Fatal(err)
	}
	if h, isHeld := v.Held(parts[0], now); !isHeld || h.ID != a.ID() {
		t.Errorf("it is held by %+v", h)
	}
}

// A hold is renewed long before it ends, until the work ends.
func TestTheHoldLastsAsLongAsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &coordtest.Store{}
		parts := []partition.Partition{partition.MustParse("2026-01-05")}
		h := newHolder(store, "a", time.Now, parts)
		if err := h.Take(t.Context(), parts); err != nil {
			t.Fatal(err)
		}
		err := h.While(t.Context(), func(ctx context.Context) error {
			for range 100 {
				time.Sleep(7 * time.Minute)
				var v ledger.View
				if err := ledger.New(store, "a").List(ctx, &v, parts); err != nil {
					return err
				}
				if until, held := v.Held(parts[0], time.Now().Add(15*time.Minute)); !held {
					t.Fatalf("it ends at %s", until.Until)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
