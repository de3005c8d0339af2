package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// staged is what complete loads hold.
type staged struct {
	loads int
	rows  map[string][]string // of the newest load of each day
	sent  map[int64]bool      // numbers of rows that the service sent of any day
}

func (w *world) complete() staged {
	w.t.Helper()
	folders, err := stage.Loads(w.t.Context(), w.Deps.Staging, "demo", part("2026-10-01"), part("2026-12-31"))
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(folders, func(a, b stage.Folder) int { return strings.Compare(a.LoadID, b.LoadID) })
	s := staged{len(folders), map[string][]string{}, map[int64]bool{}}
	for _, folder := range folders {
		load, err := folder.Load(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, f := range load.Files {
			var lines []string
			for line, err := range f.ReadRows(w.t.Context(), w.Deps.Staging) {
				if err != nil {
					w.t.Fatal(err)
				}
				lines = append(lines, string(line))
			}
			slices.Sort(lines)
			s.rows[f.Partition.String()], s.sent[f.Sent()] = lines, true
		}
	}
	return s
}

// Whatever is loaded, refused and accepted in whatever order: raw holds the newest complete load of each day, a refused
// load adds none, and each load is judged by loads that raw has held.
func TestRawHoldsTheNewestLoadThatWasCompleteAndIsWhatTheNextIsJudgedBy(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table := rapid.SampledFrom([]string{snapshot, days, events}).Draw(r, "table")
		w := newWorld(t, "cadence: daily, lookback: 2", table)
		newest := part("2026-11-01")
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			if rapid.Bool().Draw(r, "the next day") {
				newest = newest.Add(1)
			}
			p := newest
			if table != snapshot {
				p = newest.Add(-rapid.IntRange(0, 2).Draw(r, "days before"))
			}
			before, events := w.complete(), len(w.Events())
			var a answer
			accept := rapid.IntRange(0, 3).Draw(r, "accept") == 0
			if accept {
				a = w.accept(p.String())
			} else {
				first := rapid.IntRange(1, 3).Draw(r, "first")
				w.lists[p.Add(-1)] = fmt.Sprintf("%d-%d", first, first+rapid.IntRange(-1, 40).Draw(r, "rows"))
				a = w.on(p.String(), w.lists[p.Add(-1)])
			}
			after := w.complete()
			switch {
			case a.Status != 200 && a.Status != 422:
				r.Fatalf("%s: %d %s", p, a.Status, a.Error)
			case a.Status == 200 && !accept && after.loads != before.loads+1:
				r.Fatalf("%s: %d complete loads, before %d", p, after.loads, before.loads)
			case a.Status == 422 && (after.loads != before.loads || len(w.Events()) != events):
				r.Fatalf("%s: a refused load is complete, or published: %s", p, a.Error)
			}
			for _, refusal := range a.Refusals {
				if refusal.Code == "volume" && !before.sent[refusal.From] {
					r.Fatalf("%s, but no load with %d rows is complete", refusal.Reason, refusal.From)
				}
			}
			for q := range partition.Range(part("2026-10-25"), newest) {
				if got, want := w.Rows("demo_rows", q.String()), after.rows[q.String()]; !slices.Equal(got, want) {
					r.Fatalf("after %s: raw has %d rows for %s, staged are %d", p, len(got), q, len(want))
				}
			}
		}
	})
}
