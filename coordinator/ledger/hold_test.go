package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
)

var backfill = ledger.Hold{ID: "backfill-1", By: "me", Why: "a new source", From: day, To: day.Add(1), Sources: []string{"kit"},
	Begun: noon, Until: noon.Add(time.Hour)}

func TestAPartitionIsHeldUntilTheEndOrTheRelease(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	both := []partition.Partition{day, day.Add(1)}
	for range 2 { // the second as after a lost reply
		if err := l.Hold(t.Context(), backfill, both, noon); err != nil {
			t.Fatal(err)
		}
	}
	held := func(p partition.Partition, after time.Duration) string {
		h, _ := list(t, l, p).Held(p, noon.Add(after))
		return h.ID
	}
	for _, p := range both {
		if got := held(p, time.Hour-1); got != "backfill-1" {
			t.Errorf("%s is held by %q before the end", p, got)
		}
		if got := held(p, time.Hour); got != "" {
			t.Errorf("%s is held by %q at the end", p, got)
		}
	}
	if got := held(day.Add(2), 0); got != "" {
		t.Errorf("another day is held by %q", got)
	}
	longer := backfill
	longer.Until = noon.Add(3 * time.Hour)
	if err := l.Hold(t.Context(), longer, both[:1], noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := held(day, 2*time.Hour); got != "backfill-1" {
		t.Errorf("held on, it is held by %q", got)
	}
	other := ledger.Hold{ID: "other", Until: noon.Add(4 * time.Hour)}
	if err := l.Hold(t.Context(), other, both[:1], noon); err != nil {
		t.Fatal(err)
	}
	if got := held(day, 0); got != "other" {
		t.Errorf("held by two, it is held by %q, which does not end last", got)
	}
	for _, id := range []string{"other", "backfill-1", "backfill-1"} {
		if err := l.Release(t.Context(), id, both, noon); err != nil {
			t.Fatal(err)
		}
	}
	if got := held(day, 0); got != "" {
		t.Errorf("released, it is held by %q", got)
	}
}

// A resumed backfill can read what it was for.
func TestHoldsReturnsEachHoldOnce(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	both := []partition.Partition{day, day.Add(1)}
	hold := func(h ledger.Hold, partitions ...partition.Partition) ledger.Hold {
		t.Helper()
		if err := l.Hold(t.Context(), h, partitions, noon); err != nil {
			t.Fatal(err)
		}
		h.Version = ledger.Version
		return h
	}
	hold(backfill, both...)
	longer, earlier, gone := backfill, backfill, backfill
	longer.Until = noon.Add(2 * time.Hour)
	earlier.ID, earlier.Begun = "earlier", noon.Add(-time.Hour)
	gone.ID = "released"
	longer, earlier = hold(longer, both[1]), hold(earlier, both[0])
	hold(gone, both...)
	if err := l.Release(t.Context(), "released", both, noon); err != nil {
		t.Fatal(err)
	}
	got, err := l.Holds(t.Context(), list(t, l, both...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]ledger.Hold{earlier, longer}, got, cmpopts.EquateComparable(partition.Partition{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAHoldThatWouldNotEndIsRefused(t *testing.T) {
	for name, change := range map[string]func(*ledger.Hold){
		"no id":             func(h *ledger.Hold) { h.ID = "" },
		"an id with a path": func(h *ledger.Hold) { h.ID = "a/b" },
		"an end now":        func(h *ledger.Hold) { h.Until = noon },
		"an end next month": func(h *ledger.Hold) { h.Until = noon.AddDate(0, 1, 0) },
		"no end":            func(h *ledger.Hold) { h.Until = time.Time{} },
	} {
		store := &coordtest.Store{}
		h := backfill
		change(&h)
		err := ledger.New(store, "a").Hold(t.Context(), h, []partition.Partition{day}, noon)
		if err == nil || !strings.HasPrefix(err.Error(), "ledger: hold ") || len(store.Names()) > 0 {
			t.Errorf("%s: %v, and there are %v", name, err, store.Names())
		}
	}
}
