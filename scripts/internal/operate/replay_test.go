package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
)

func TestTimesToSeekBackTo(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	for _, tc := range []struct{ text, want string }{
		{"2h", "2026-11-22T06:00:00Z"}, {"90m", "2026-11-22T06:30:00Z"}, {"31d", "2026-10-22T08:00:00Z"},
		{"2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"}, {"2026-11-21T10:00:00+02:00", "2026-11-21T08:00:00Z"},
		{"32d", "messages are kept for 31 days"}, {"0d", "neither a time like"}, {"-2h", "neither a time like"}, {"9999999999d", "neither a time like"},
		{"2026-11-21", "neither a time like"}, {"2026-11-23T08:00:00Z", "lies ahead"},
	} {
		got, err := seekTime(tc.text, now)
		text := got.Format(time.RFC3339)
		if err != nil {
			text = err.Error()
		}
		if !strings.Contains(text, tc.want) {
			t.Errorf("%s is %s, want %s", tc.text, text, tc.want)
		}
	}
}

// simple is a world with four days that are complete.
func simple(t *testing.T) *replayWorld {
	t.Helper()
	w := newReplayWorld(t, replayScenario{Start: "2026-11-18", Models: []scenarioModel{
		{Name: "days", Inputs: []string{"raw.medium_story_days daily same"}},
		{Name: "growth", Inputs: []string{"raw.kit_subscribers daily same"}},
		{Name: "overview", Inputs: []string{"mart.days daily last_n_days 2", "mart.growth daily same"}},
	}})
	for _, l := range []replayLoad{
		{Source: "medium", For: []string{"2026-11-18 to 2026-11-21"}, Tables: map[string]string{"medium_story_days": "d1"}},
		{Source: "kit", For: []string{"2026-11-18 to 2026-11-21"}, Tables: map[string]string{"kit_subscribers": "k1"}},
	} {
		w.do(replayStep{Load: &l})
	}
	return w
}

func (w *replayWorld) command(ctx context.Context, o ReplayOptions, in string, asks bool) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	sys := System{In: strings.NewReader(in), Out: term.NewOutput(&out), Err: term.NewOutput(&errs), Terminal: term.Terminal{Asks: asks}, now: w.clock, open: w.open}
	code = status(&errs)(Replay(ctx, o, sys))
	return code, out.String(), errs.String()
}

func TestNothingBeginsUntilAPersonSaysYes(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		asks     bool
		flags    ReplayOptions
		runs     int
		status   int
		says     string
	}{
		{"nobody to ask", "", false, ReplayOptions{Date: "2026-11-20"}, 0, broken, "--yes is missing: standard input is not a terminal"},
		{"no", "n\n", true, ReplayOptions{Date: "2026-11-20"}, 0, broken, "nothing was done"},
		{"only Enter", "\n", true, ReplayOptions{Date: "2026-11-20"}, 0, broken, "nothing was done"},
		{"end of input", "", true, ReplayOptions{Date: "2026-11-20"}, 0, broken, "nothing was done"},
		{"yes", "Yes\n", true, ReplayOptions{Date: "2026-11-20"}, 3, complete, "Begin? [y/N]"},
		{"--yes", "", false, ReplayOptions{Date: "2026-11-20", Confirmation: Confirmation{Yes: true}}, 3, complete, "3 runs"},
		{"--dry-run", "", false, ReplayOptions{Date: "2026-11-20", Confirmation: Confirmation{DryRun: true}}, 0, complete, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := simple(t)
			before, objects := len(w.stages()), len(w.store.Names())
			status, _, stderr := w.command(t.Context(), tc.flags, tc.in, tc.asks)
			if runs := len(w.stages()) - before; runs != tc.runs || status != tc.status || !strings.Contains(stderr, tc.says) {
				t.Errorf("%d runs, status %d: %s", runs, status, stderr)
			}
			if n := len(w.store.Names()); tc.runs == 0 && n != objects {
				t.Errorf("%d objects were written to the ledger", n-objects)
			}
		})
	}
}

func TestAPlanSaysWhyThereIsNoDryRun(t *testing.T) {
	w := simple(t)
	w.noDryRun = errors.New("estimate days 2026-11-20: permission denied")
	status, stdout, stderr := w.command(t.Context(), ReplayOptions{Date: "2026-11-20", Confirmation: Confirmation{DryRun: true}}, "", false)
	for _, want := range []string{"which read 0 B when they last ran.", "There is no dry run: estimate days 2026-11-20: permission denied."} {
		if status != complete || !strings.Contains(stdout, want) {
			t.Errorf("status %d, want %q in\n%s%s", status, want, stdout, stderr)
		}
	}
}

// stages are the runs so far, as "days 2026-11-20".
func (w *replayWorld) stages() (list []string) {
	for _, id := range w.warehouse.Jobs() {
		if status, _ := w.warehouse.Job(id); status.Labels["step"] == "stage" {
			list = append(list, status.Labels["model"]+" "+status.Labels["partition"])
		}
	}
	return list
}

// Stopped anywhere, a replay lets go of what it held, and the same command again completes.
func TestInterruptedReplayLeavesNothingThatTheNextDoesNotFinish(t *testing.T) {
	for _, point := range []string{"submit stage_days", "submit publish_days", "submit stage_growth", "submit audit_overview"} {
		t.Run(point, func(t *testing.T) {
			w := simple(t)
			ctx, stop := context.WithCancel(t.Context())
			w.live = func(at string) {
				if strings.HasPrefix(at, point) {
					stop()
				}
			}
			f := ReplayOptions{Date: "2026-11-20", Confirmation: Confirmation{Yes: true}}
			status, _, stderr := w.command(ctx, f, "", false)
			if status != incomplete || !strings.Contains(stderr, "Stopped. Run the same command again") {
				t.Errorf("status %d: %s", status, stderr)
			}
			w.live = nil
			w.holdsNothing()
			before := len(w.stages())
			if status, _, stderr := w.command(t.Context(), f, "", false); status != complete {
				t.Errorf("again: status %d: %s", status, stderr)
			}
			want := []string{"days 2026-11-20", "growth 2026-11-20", "overview 2026-11-20"}
			if diff := cmp.Diff(want, slices.Sorted(slices.Values(w.stages()[before:]))); diff != "" {
				t.Errorf("again ran (-want +got):\n%s", diff)
			}
			w.equalsRebuild()
		})
	}
}

// The shape of --json is a promise to those who read it.
func TestReplayJSON(t *testing.T) {
	w := simple(t)
	w.brings["medium 2026-11-20"] = map[string]string{"medium_story_days": "d2"}
	w.refuses["kit"] = "kit is down"
	status, stdout, stderr := w.command(t.Context(), ReplayOptions{Date: "2026-11-20", FromSource: true, Confirmation: Confirmation{Yes: true, JSON: true}}, "", false)
	if status != incomplete || !json.Valid([]byte(stdout)) {
		t.Errorf("status %d: %s\n%s", status, stderr, stdout)
	}
	golden.Compare(t, "testdata/replay.json", stdout)
}

// Whatever the models read of one another, and whatever the sources bring: of the day that is run again each model runs once,
// every other target at most once, and the tables are those of a rebuild.
func TestReplayRunsEachTargetOnceWhateverTheModels(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := replayScenario{Start: "2026-01-29", Models: drawReplayModels(rt)}
		w := newReplayWorld(t, s)
		w.now = time.Date(2026, 2, 3, 8, 0, 0, 0, time.UTC)
		days, months := []string{"2026-01-29 to 2026-02-02"}, []string{"2026-01"}
		for _, l := range []replayLoad{
			{Source: "medium", For: days, Tables: map[string]string{"medium_stories": "s1", "medium_story_days": "d1"}},
			{Source: "kit", For: days, Tables: map[string]string{"kit_subscribers": "k1"}},
			{Source: "stripe", For: months, Tables: map[string]string{"stripe_transactions": "t1"}},
		} {
			w.do(replayStep{Load: &l})
		}
		date := rapid.SampledFrom([]string{"2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02", "2026-01"}).Draw(rt, "date")
		for _, what := range []string{"medium 2026-01-30", "medium 2026-01-31", "medium 2026-02-01", "kit 2026-01-31", "kit 2026-02-01", "stripe 2026-01"} {
			w.brings[what] = map[string]string{}
			for _, table := range []string{"medium_stories", "medium_story_days", "kit_subscribers", "stripe_transactions"} {
				if strings.HasPrefix(table, strings.Fields(what)[0]) && rapid.Bool().Draw(rt, what+" "+table) {
					w.brings[what][table] = "other"
				}
			}
		}
		f := ReplayOptions{FromSource: rapid.Bool().Draw(rt, "from source"), Confirmation: Confirmation{Yes: true}}
		if f.Date = date; partition.MustParse(date).Grain() == partition.Monthly {
			f.Date, f.Month = "", date
		}
		before := len(w.stages())
		status, _, stderr := w.command(rt.Context(), f, "", false)
		if status == broken {
			rt.Fatalf("%s", stderr)
		}
		times := map[string]int{}
		for _, name := range w.stages()[before:] {
			if times[name]++; times[name] > 1 {
				rt.Errorf("%s ran %d times\n%s", name, times[name], stderr)
			}
		}
		r, err := w.instances[0].Report(rt.Context(), w.pipeline.StartDay(), partition.Day(w.now))
		if err != nil {
			rt.Fatal(err)
		}
		for _, d := range r.Decisions {
			if ran := times[d.Target.String()]; d.Partition.String() == date && d.Status == "up_to_date" && ran != 1 {
				rt.Errorf("%s ran %d times", d.Target, ran)
			}
		}
		w.holdsNothing()
		w.equalsRebuild()
		if t.Failed() {
			rt.Fatalf("models %+v", s.Models)
		}
	})
}

// drawReplayModels draws a graph of models.
func drawReplayModels(rt *rapid.T) (models []scenarioModel) {
	type table struct {
		name  string
		grain partition.Grain
	}
	tables := []table{{"raw.medium_stories", partition.Daily}, {"raw.medium_story_days", partition.Daily},
		{"raw.kit_subscribers", partition.Daily}, {"raw.stripe_transactions", partition.Monthly}}
	mappings := map[[2]partition.Grain][]string{
		{partition.Daily, partition.Daily}:     {"same", "last_n_days 2", "last_n_days 3", "latest"},
		{partition.Daily, partition.Monthly}:   {"latest"},
		{partition.Monthly, partition.Daily}:   {"latest"},
		{partition.Monthly, partition.Monthly}: {"same", "latest"},
	}
	for i := range rapid.IntRange(1, 6).Draw(rt, "models") {
		m := scenarioModel{Name: string(rune('a' + i)), Grain: rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Daily, partition.Monthly}).Draw(rt, "grain"),
			SQL: rapid.SampledFrom([]string{"v1", "rough"}).Draw(rt, "sql")}
		for range rapid.IntRange(1, 3).Draw(rt, "inputs") {
			in := rapid.SampledFrom(tables).Draw(rt, "input")
			m.Inputs = append(m.Inputs, fmt.Sprintf("%s %s %s", in.name, in.grain, rapid.SampledFrom(mappings[[2]partition.Grain{m.Grain, in.grain}]).Draw(rt, "mapping")))
		}
		slices.Sort(m.Inputs)
		models = append(models, m)
		tables = append(tables, table{"mart." + m.Name, m.Grain})
	}
	return models
}
