package coordinator

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// Whichever inputs change under a hold, the holder's sweep runs each target of the held partitions at most
// once, even if another instance gets every event that the sweep publishes. Every target that was reset runs,
// and nothing is left for the next sweep.
func TestTheHoldersSweepRunsEachTargetOnce(t *testing.T) {
	days := slices.Collect(partition.Range(partition.MustParse("2026-01-30"), partition.MustParse("2026-02-02")))
	months := []partition.Partition{partition.MustParse("2026-01"), partition.MustParse("2026-02")}
	tables := map[string]string{"medium_stories": "medium", "medium_story_days": "medium", "kit_subscribers": "kit"}
	held := slices.Concat(days, months)
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
		w := newWorld(rt, coordtest.Setting{Start: "2026-01-30"}, func() time.Time { return now }, drawModels(rt)...)
		load := func(content func() string) {
			for _, table := range []string{"medium_stories", "medium_story_days", "kit_subscribers"} {
				for _, day := range days {
					if text := content(); text != "" {
						w.queue = append(w.queue, w.load(tables[table], day.String(), map[string]string{table: text}))
					}
				}
			}
			for _, month := range months {
				if text := content(); text != "" {
					w.queue = append(w.queue, w.load("stripe", month.String(), map[string]string{"stripe_transactions": text}))
				}
			}
		}
		load(func() string { return "a1" })
		mine, other := w.coordinator(), w.coordinator()
		w.settle(other)

		h := ledger.Hold{ID: "mine", By: "a person", Begun: w.now(), Until: w.now().Add(time.Hour)}
		if err := mine.ledger.Hold(rt.Context(), h, held, w.now()); err != nil {
			rt.Fatal(err)
		}
		before := runsOf(rt, w)
		reset := rapid.SampledFrom(held).Draw(rt, "reset")
		var v ledger.View
		if err := mine.ledger.List(rt.Context(), &v, held); err != nil {
			rt.Fatal(err)
		}
		if err := mine.ledger.ResetEpoch(rt.Context(), &v, reset, "", "a person", "to see it run", w.now()); err != nil {
			rt.Fatal(err)
		}
		load(func() string { return rapid.SampledFrom([]string{"", "", "a1", "a2", "b1"}).Draw(rt, "restated") })
		w.settle(other)
		if runs := runsOf(rt, w); len(runs) != len(before) {
			rt.Fatalf("under the hold ran %v", runs[len(before):])
		}

		delivering := false
		w.warehouse.Hook = func(_ context.Context, point string) coordtest.Fault {
			if strings.HasPrefix(point, "submit stage") && !delivering && rapid.Bool().Draw(rt, "delivered now") {
				delivering = true
				undelivered := w.queue
				w.queue = nil
				for _, e := range undelivered {
					if deliver(other, e) != http.StatusNoContent {
						w.queue = append(w.queue, e)
					}
				}
				delivering = false
			}
			return coordtest.None
		}
		if err := mine.SweepHolding(rt.Context(), days[0], days[len(days)-1], "mine"); err != nil {
			rt.Fatal(err)
		}
		w.settle(other)
		w.warehouse.Hook = nil
		if err := mine.ledger.Release(rt.Context(), "mine", held, w.now()); err != nil {
			rt.Fatal(err)
		}
		after := runsOf(rt, w)
		if err := other.Sweep(rt.Context(), days[0], days[len(days)-1]); err != nil {
			rt.Fatal(err)
		}
		w.settle(other)
		if again := runsOf(rt, w); len(again) != len(after) {
			rt.Fatalf("after the release ran %v", again[len(after):])
		}

		times := map[string]int{}
		for _, name := range after[len(before):] {
			day := partition.MustParse(name[strings.LastIndex(name, " ")+1:])
			if times[name]++; times[name] > 1 && slices.Contains(held, day) { // targets that only read held partitions may run by events
				rt.Fatalf("%s ran %d times", name, times[name])
			}
		}
		r, err := other.Report(rt.Context(), days[0], days[len(days)-1])
		if err != nil {
			rt.Fatal(err)
		}
		for _, d := range r.Decisions {
			if d.Action != plan.Nothing {
				rt.Fatalf("%s is left over: %s", d.Target, d.Status)
			}
			if d.Partition == reset && d.Status == plan.UpToDate && times[d.Target.String()] != 1 {
				rt.Fatalf("%s was reset, and ran %d times", d.Target, times[d.Target.String()])
			}
		}
	})
}

// The holder of a partition does not run it while another hold lasts.
func TestAnotherHoldKeepsAHolderOut(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-20"}, clock, statsModel())
	c, day := w.coordinator(), partition.MustParse("2026-11-21")
	for _, id := range []string{"mine", "other"} {
		h := ledger.Hold{ID: id, By: "a person", Begun: w.now(), Until: w.now().Add(time.Hour)}
		if err := c.ledger.Hold(t.Context(), h, []partition.Partition{day}, w.now()); err != nil {
			t.Fatal(err)
		}
	}
	w.settle(c, w.load("medium", day.String(), map[string]string{"medium_stories": "s1"}))
	if err := c.SweepHolding(t.Context(), day, day, "mine"); err != nil {
		t.Fatal(err)
	}
	if runs := runsOf(t, w); len(runs) > 0 {
		t.Errorf("%v ran", runs)
	}
}

func TestASweepRequestMayNameItsOwnHold(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-20"}, clock, statsModel())
	c, day := w.coordinator(), partition.MustParse("2026-11-21")
	h := ledger.Hold{ID: "mine", By: "a person", Begun: w.now(), Until: w.now().Add(time.Hour)}
	if err := c.ledger.Hold(t.Context(), h, []partition.Partition{day}, w.now()); err != nil {
		t.Fatal(err)
	}
	w.settle(c, w.load("medium", day.String(), map[string]string{"medium_stories": "s1"}))
	for _, test := range []struct{ hold, want string }{
		{"", `{"from":"2026-11-21","to":"2026-11-21"}`},
		{"mine", `{"from":"2026-11-21","to":"2026-11-21","published":["stats 2026-11-21"]}`},
	} {
		body := fmt.Sprintf(`{"from":"2026-11-21","to":"2026-11-21","hold":%q}`, test.hold)
		if code, answer := postSweep(w.sweeper(c), http.MethodPost, body); code != 200 || answer != test.want {
			t.Errorf("hold %q: answer %d %s, want %s", test.hold, code, answer, test.want)
		}
	}
}

// runsOf returns the runs that have started, such as "a 2026-01-30", in the order of their stage jobs.
func runsOf(t tb, w *world) (list []string) {
	t.Helper()
	for _, id := range w.warehouse.Jobs() {
		if status, ok := w.warehouse.Job(id); ok && status.Labels["step"] == "stage" {
			list = append(list, status.Labels["model"]+" "+status.Labels["partition"])
		}
	}
	return list
}
