package coordinator

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// tableWorld returns a world with one model, which replaces its whole table every day, on 2026-05-01.
func tableWorld(t *testing.T, start string, mapping manifest.Mapping) *world {
	now := func() time.Time { return time.Date(2026, 5, 1, 8, 0, 0, 0, time.UTC) }
	return newWorld(t, coordtest.Setting{Start: start}, now, coordtest.Model(manifest.Model{Name: "total",
		Grain: partition.Daily, Materialized: manifest.Table, Inputs: []manifest.Input{daily("raw.kit_subscribers", mapping)},
	}, "v1"))
}

// loadDays loads every day of a range and returns the events.
func (w *world) loadDays(from, to, content string) (events []event.Event) {
	for p := range partition.Range(partition.MustParse(from), partition.MustParse(to)) {
		events = append(events, w.load("kit", p.String(), map[string]string{"kit_subscribers": content}))
	}
	return events
}

// record records the arrivals of events without handling them.
func (w *world) record(c *Coordinator, events []event.Event) {
	w.t.Helper()
	for _, e := range events {
		if err := c.ledger.RecordArrivals(w.t.Context(), e, w.now()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// stages returns the partitions that were staged since some jobs, oldest job first.
func (w *world) stages(since int) (list []string) {
	for _, id := range w.warehouse.Jobs()[since:] {
		if rest, ok := strings.CutPrefix(id, "stage_total_"); ok {
			p, _, _ := strings.Cut(rest, "_")
			list = append(list, p)
		}
	}
	return list
}

// sweepDays sweeps all days of the world once, and returns the partitions that were staged.
func (w *world) sweepDays(c *Coordinator) []string {
	w.t.Helper()
	before := len(w.warehouse.Jobs())
	if err := c.Sweep(w.t.Context(), partition.MustParse("2026-01-01"), partition.MustParse("2026-05-01")); err != nil {
		w.t.Fatal(err)
	}
	return w.stages(before)
}

// However many partitions of a whole table fail, none runs again while nothing changes.
func TestAWholeTableThatFailsDoesNotRunAgain(t *testing.T) {
	for _, inOrder := range []bool{true, false} {
		t.Run(fmt.Sprintf("events in order %v", inOrder), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := tableWorld(t, "2026-01-01", manifest.Same)
				events := w.loadDays("2026-01-01", "2026-04-30", "bad total") // 120 days
				if !inOrder {
					slices.Reverse(events)
				}
				w.settle(w.coordinator(), events...)
				for sweep := range 4 {
					if ran := w.sweepDays(w.coordinator()); len(ran) > 0 {
						t.Errorf("sweep %d ran %v", sweep, ran)
					}
				}
				for _, name := range w.store.Names() {
					if data, err := w.store.Read(t.Context(), name); err != nil || len(data) > 20_000 {
						t.Errorf("%s has %d bytes, %v", name, len(data), err)
					}
				}
			})
		})
	}
}

// Of many partitions that could replace a whole table the newest does. One before it has its turn only if all later ones
// fail, and what is older than the published one runs no more.
func TestAWholeTableRunsItsNewestPartitions(t *testing.T) {
	w := tableWorld(t, "2026-01-01", manifest.Same)
	c := w.coordinator()
	for _, step := range []struct{ from, to, content, ran, lists string }{
		{"2026-01-01", "2026-04-27", "x", "2026-04-27", "2"}, // one listing of the log, one of all days
		{"2026-04-28", "2026-04-30", "bad total", "2026-04-30 2026-04-29 2026-04-28", "2"},
		{"2026-04-27", "2026-04-27", "y", "2026-04-27", "2"},
		{"2026-01-01", "2026-04-26", "y", "", "2"},
		{"2026-04-29", "2026-04-29", "y", "2026-04-29", "2"},
		{"2026-04-28", "2026-04-28", "y", "", "2"},
	} {
		w.record(c, w.loadDays(step.from, step.to, step.content))
		w.store.Calls()
		ran := strings.Join(w.sweepDays(c), " ")
		if lists := fmt.Sprint(w.store.Calls().List); ran != step.ran || lists != step.lists {
			t.Errorf("%s to %s %s: ran %q in %s listings, want %q in %s", step.from, step.to, step.content, ran, lists,
				step.ran, step.lists)
		}
	}
}

// A whole table that reads all of two years costs three listings and one run, whichever day has changed: its log, what the
// newest day waits for, and the rest.
func TestAWholeTableThatReadsYearsCostsOneRun(t *testing.T) {
	w := tableWorld(t, "2024-05-01", manifest.All)
	c := w.coordinator()
	w.record(c, w.loadDays("2024-05-01", "2026-04-30", "x"))
	for _, changed := range []string{"2024-05-01", "2025-07-14", "2026-04-30"} {
		before := len(w.warehouse.Jobs())
		e := w.loadDays(changed, changed, "y of "+changed)[0]
		w.store.Calls()
		if err := c.Handle(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if ran := w.stages(before); !slices.Equal(ran, []string{"2026-04-30"}) {
			t.Errorf("%s has changed: ran %v", changed, ran)
		}
		if calls := w.store.Calls(); calls.List > 3 || calls.Read > 0 {
			t.Errorf("%s has changed: %+v", changed, calls)
		}
	}
	largest := 0
	for _, name := range w.store.Names() {
		if data, err := w.store.Read(t.Context(), name); err == nil {
			largest = max(largest, len(data))
		}
	}
	t.Logf("the largest record has %d bytes", largest)
}
