package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/shared/partition"
)

func TestResetsOfAModelAreItsOwnAndThoseOfAllInOrder(t *testing.T) {
	l := ledger.New(&ledgertest.Memory{}, "a")
	reset := func(model, why string, after time.Duration) {
		t.Helper()
		v := list(t, l, day)
		if err := l.ResetEpoch(t.Context(), v, day, model, "me", why, noon.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	reset("story_days", "one", 0)
	reset("", "all", time.Hour)
	reset("revenue", "another", 2*time.Hour)
	reset("story_days", "again", 3*time.Hour)
	got, err := l.Resets(t.Context(), list(t, l, day), day, "story_days")
	if err != nil {
		t.Fatal(err)
	}
	why := []string{}
	for _, r := range got {
		why = append(why, r.Why)
	}
	if diff := cmp.Diff([]string{"one", "all", "again"}, why); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Resets(t.Context(), &ledger.View{}, day, "story_days"); err == nil {
		t.Error("resets of what has not been listed are given")
	}
}

func TestArrivalIsReadAsItWasReceived(t *testing.T) {
	l := ledger.New(&ledgertest.Memory{}, "a")
	e := loaded(day, "l1", noon, "x")
	if err := l.RecordArrivals(t.Context(), e, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	a, ok := list(t, l, e.Partition).Newest(e.Tables[0].Table, e.Partition)
	if !ok {
		t.Fatal("no arrival")
	}
	got, err := l.ReadArrival(t.Context(), a)
	want := ledger.ArrivalRecord{Version: ledger.Version, ReceivedAt: noon.Add(time.Minute), Event: e}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(partition.Partition{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
