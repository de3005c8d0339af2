package coordinator

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

func clock() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC) }

func daily(table string, mapping manifest.Mapping, n ...int) manifest.Input {
	in := manifest.Input{Table: table, Grain: partition.Daily, Mapping: mapping}
	if len(n) > 0 {
		in.N = n[0]
	}
	return in
}

// One event costs one create for each of its tables, one list for each range of partitions, and one read
// for each model whose inputs are present. Each run costs two creates.
func TestAnEventMakesFewCalls(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-01-01"}, clock,
		coordtest.Model(manifest.Model{Name: "a", Grain: partition.Daily, Inputs: []manifest.Input{daily("raw.medium_stories", manifest.Same)}}, "v1"),
		coordtest.Model(manifest.Model{Name: "b", Grain: partition.Daily,
			Inputs: []manifest.Input{daily("raw.medium_story_days", manifest.LastNDays, 28)}}, "v1"),
		coordtest.Model(manifest.Model{Name: "c", Grain: partition.Daily,
			Inputs: []manifest.Input{daily("raw.kit_subscribers", manifest.Same), daily("raw.medium_stories", manifest.Same)}}, "v1"),
	)
	c := w.coordinator()
	e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "x", "medium_story_days": "y"})
	if code := deliver(c, e); code != 204 {
		t.Fatalf("answer %d", code)
	}
	// Two arrivals; started and succeeded of a and b; one listing; nothing to read of models that never ran.
	if diff := cmp.Diff(coordtest.Calls{Create: 2 + 2*2, List: 1}, w.store.Calls()); diff != "" {
		t.Errorf("calls to the ledger (-want +got):\n%s", diff)
	}
	if n := len(w.warehouse.Jobs()); n != 2*4 {
		t.Errorf("%d jobs: %v", n, w.warehouse.Jobs())
	}
	if code := deliver(w.coordinator(), e); code != 204 {
		t.Fatalf("answer %d", code)
	}
	// Delivered again to a fresh instance: two creates refused, one listing, the newest records of a and b;
	// c waits unread.
	if diff := cmp.Diff(coordtest.Calls{Create: 2, List: 1, Read: 2}, w.store.Calls()); diff != "" {
		t.Errorf("calls to the ledger (-want +got):\n%s", diff)
	}
	if n := len(w.warehouse.Jobs()); n != 2*4 {
		t.Errorf("%d jobs: %v", n, w.warehouse.Jobs())
	}
	if len(w.queue) != 4 { // each delivery announces: the first materialized events have not been delivered
		t.Errorf("%d materialized events", len(w.queue))
	}
}

// Days that arrive in any order lead to the same jobs, each once, and to the same tables.
func TestTheOrderOfDaysDoesNotMatter(t *testing.T) {
	inOrder := slices.Collect(partition.Range(partition.MustParse("2026-11-12"), partition.MustParse("2026-11-21")))
	play := func(t tb, days []partition.Partition) ([]string, coordtest.Tables) {
		w := newWorld(t, coordtest.Setting{Start: "2026-11-12"}, clock, statsModel(), coordtest.Model(manifest.Model{Name: "trend", Grain: partition.Daily,
			Inputs: []manifest.Input{daily("mart.stats", manifest.Same), daily("raw.kit_subscribers", manifest.Same)}}, "v1"))
		c := w.coordinator()
		for _, day := range days {
			w.settle(c, w.load("medium", day.String(), map[string]string{"medium_stories": "s"}))
		}
		for _, day := range slices.Backward(days) {
			w.settle(c, w.load("kit", day.String(), map[string]string{"kit_subscribers": "k"}))
		}
		return slices.Sorted(slices.Values(w.warehouse.Jobs())), w.warehouse.Contents()
	}
	wantJobs, wantTables := play(t, inOrder)
	if len(wantJobs) != len(inOrder)*2*4 {
		t.Fatalf("%d jobs: %v", len(wantJobs), wantJobs)
	}
	for seed := range uint64(10) {
		days := slices.Clone(inOrder)
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(days), func(i, j int) { days[i], days[j] = days[j], days[i] })
		jobs, tables := play(t, days)
		if diff := cmp.Diff(wantJobs, jobs); diff != "" {
			t.Errorf("%v: jobs (-want +got):\n%s", days, diff)
		}
		if diff := cmp.Diff(wantTables, tables, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" {
			t.Errorf("%v: tables (-want +got):\n%s", days, diff)
		}
	}
}
