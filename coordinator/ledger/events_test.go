package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/shared/event"
)

// An event of several tables is one event, and what counts is when it came, not when its tables were loaded.
func TestEventsComeOnceEachInTheOrderOfTheirReceipt(t *testing.T) {
	l := ledger.New(&ledgertest.Memory{}, "a")
	late, early := loaded(day, "late", noon, "x"), loaded(day, "early", noon.Add(time.Hour), "y")
	late.Tables = append(late.Tables, event.Table{Table: "raw.medium_story_days", Digest: late.Tables[0].Digest, LoadedAt: noon})
	for e, at := range map[*event.Event]time.Duration{&late: 3 * time.Hour, &early: 2 * time.Hour} {
		if err := l.RecordArrivals(t.Context(), *e, noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	v := list(t, l, day)
	var arrivals []ledger.Arrival
	for _, table := range v.Tables(day) {
		arrivals = append(arrivals, v.Arrivals(table, day)...)
	}
	if len(arrivals) != 3 {
		t.Fatalf("%d arrivals, want 3", len(arrivals))
	}
	events, err := l.Events(t.Context(), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range events {
		ids = append(ids, r.Event.LoadID)
	}
	if diff := cmp.Diff([]string{"early", "late"}, ids); diff != "" {
		t.Error(diff)
	}
}
