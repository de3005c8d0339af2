package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// restated is what a restatement of one day's views is to run again: the closure over the manifest's inputs, from that day of
// raw.medium_story_days on. Models whose result holds no views come out the same, and what reads them is left alone.
func restated(changed partition.Partition) []string {
	unchanged := map[string]bool{"mart.revenue": true} // it reads the day's earnings only
	type slot struct {
		table string
		p     partition.Partition
	}
	dirty := map[slot]bool{{"raw.medium_story_days", changed}: true}
	var list []string
	for _, m := range models.Load(manifest.DuckDB).Models {
		targets := slices.Collect(partition.Range(day("2026-10-30"), day("2026-11-01")))
		if m.Grain == partition.Monthly {
			targets = []partition.Partition{day("2026-10")}
		}
		for _, p := range targets {
			for _, in := range m.Inputs {
				if slices.ContainsFunc(read(in, p), func(q partition.Partition) bool { return dirty[slot{in.Table, q}] }) {
					list = append(list, m.Name+" "+p.String())
					dirty[slot{m.TableName(), p}] = !unchanged[m.TableName()]
					break
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

// read are the partitions of an input that a model's partition reads, when everything up to the newest has arrived.
func read(in manifest.Input, p partition.Partition) []partition.Partition {
	switch in.Mapping {
	case manifest.EachDay:
		return slices.Collect(p.Days())
	case manifest.LastNDays:
		return slices.Collect(partition.Range(p.Add(1-in.N), p))
	case manifest.Latest:
		newest := partition.Of(in.Grain, p.End().Add(-1))
		if in.Grain == partition.Monthly && newest.Compare(day("2026-10")) > 0 {
			newest = day("2026-10")
		}
		return []partition.Partition{newest}
	case manifest.PreviousMonth:
		return []partition.Partition{p.Month().Add(-1)}
	case manifest.MonthOf:
		return []partition.Partition{p.Month()}
	}
	return []partition.Partition{p}
}

func TestRestatedDayRunsAgainWhatIsMadeFromItAndNothingElse(t *testing.T) {
	for _, changed := range []partition.Partition{day("2026-10-31")} {
		t.Run(changed.String(), func(t *testing.T) {
			dir := completeDir(t)
			story := aStory()
			for _, step := range []struct {
				steering string
				want     []string
			}{
				{fmt.Sprintf("restate: [{story: %s, day: %s, views: 500}]", story, changed), restated(changed)},
				{fmt.Sprintf("restate: [{story: %s, day: %s, views: 500}]", story, changed), nil}, // the same numbers again
				{"", restated(changed)}, // taken back
			} {
				steer(t, dir, step.steering)
				r := runLocal(t, dir, RunOptions{})
				if r.status != complete {
					t.Fatalf("status %d\n%s", r.status, r.stderr)
				}
				got := slices.Compact(names(r.Runs))
				if diff := cmp.Diff(step.want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("%q runs (-want +got):\n%s", step.steering, diff)
				}
			}
			if diff := cmp.Diff(contents(t, completeDir(t)), contents(t, dir)); diff != "" {
				t.Errorf("tables are not as they were:\n%s", diff)
			}
		})
	}
}

// openRunner opens everything over a folder, with the flow of loaded events in the test's hands.
func openRunner(t *testing.T, dir string) *runner {
	t.Helper()
	r := &runner{System: folderSystem(io.Discard, io.Discard), options: RunOptions{Data: dir}, runs: []Item{}}
	if _, err := r.read(); err != nil {
		t.Fatal(err)
	}
	if err := r.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// However often events come, and in whatever order, a model's partition runs once for each state of its inputs, and the
// tables end the same.
func TestEventsManyTimesInAnyOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p := openRunner(t, dir)
	var mu sync.Mutex
	var events []event.Event
	p.PublishLoaded = func(_ context.Context, e event.Event) error {
		mu.Lock()
		defer mu.Unlock()
		for range 5 {
			events = append(events, e)
		}
		return nil
	}
	if err := p.work(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if len(p.runs) > 0 {
		t.Fatalf("%q ran before any event", names(p.runs))
	}
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for _, e := range events {
		if err := p.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, err := p.outcome(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Missing) > 0 {
		t.Errorf("missing:\n%s", reasons(o.Missing))
	}
	times := map[string]int{}
	for _, name := range names(p.runs) {
		times[name]++
	}
	for _, r := range o.Partitions {
		for model, s := range r.Models {
			name := model + " " + r.Partition.String()
			switch {
			case s == term.Ran && times[name] == 1:
			case s == term.Ran && readsWhatMayBeAbsent(model): // it ran without, and again with
			case s == term.NotExpected && times[name] == 0:
			default:
				t.Errorf("%s is %q after %d runs", name, s, times[name])
			}
		}
	}
	before := len(p.runs)
	for _, e := range events[:20] {
		if err := p.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Cloud.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again := names(p.runs[before:]); len(again) > 0 {
		t.Errorf("events that came before ran %q", again)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(contents(t, completeDir(t)), contents(t, dir)); diff != "" {
		t.Errorf("tables differ from those of an undisturbed run:\n%s", diff)
	}
}

// readsWhatMayBeAbsent reports whether a model, or one that it reads, has an input that is not waited for. Of each_day,
// those are the raw days before the pipeline's start, which a window brings along.
func readsWhatMayBeAbsent(name string) bool {
	m := models.Load(manifest.DuckDB).Model(name)
	return slices.ContainsFunc(m.Inputs, func(in manifest.Input) bool {
		upstream, isModel := strings.CutPrefix(in.Table, "mart.")
		return in.Mapping == manifest.Latest || in.Mapping == manifest.LastNDays || in.Mapping == manifest.EachDay && !isModel ||
			isModel && readsWhatMayBeAbsent(upstream)
	})
}

// A backfill or a replay that was killed holds what it was at for a while. A run meanwhile says so, and does not call it complete.
func TestWhatIsHeldIsNamedAsMissing(t *testing.T) {
	dir := completeDir(t)
	p := openRunner(t, dir)
	held := day("2026-10-31")
	hold := ledger.Hold{ID: "backfill-1", By: "a person", Begun: morningAfter, Until: morningAfter.Add(time.Hour)}
	if err := errors.Join(p.Ledger.Hold(t.Context(), hold, []partition.Partition{held}, morningAfter), p.Close()); err != nil {
		t.Fatal(err)
	}
	steer(t, dir, fmt.Sprintf("restate: [{story: %s, day: %s, views: 500}]", aStory(), held))
	r := runLocal(t, dir, RunOptions{})
	if r.status != incomplete || len(r.Runs) > 0 {
		t.Errorf("status %d, runs %q", r.status, names(r.Runs))
	}
	if want := "missing: story_days 2026-10-31: held until "; !strings.Contains(r.stderr, want) || !strings.Contains(r.stderr, "by backfill-1; fix: ") {
		t.Errorf("standard error does not say %q:\n%s", want, r.stderr)
	}
}
