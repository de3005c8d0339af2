package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// TestScenarios plays each folder of testdata/scenarios: given.yaml says what happens to a real coordinator over a ledger in
// memory, and which commands run then; want.txt is what they print. To add a case, add a folder and run with -update.
func TestScenarios(t *testing.T) {
	golden.Scenarios(t, func(t *testing.T, s scenario) string {
		w := newWorld(t)
		for _, st := range s.Steps {
			w.do(st)
		}
		return w.out.String()
	})
}

// scenario is given.yaml.
type scenario struct {
	About string `yaml:"about"`
	Steps []step `yaml:"steps"`
}

// step is one thing that happens; exactly one of the fields is set.
type step struct {
	Now  time.Time `yaml:"now"` // the clock moves to
	Load *struct {
		Source, Partition string
		Tables            map[string]string // contents by name without dataset
		Accepted          *event.Acceptance // its load id is that of the newest load that failed
	} `yaml:"load"`
	Fail *struct { // a source does not load a partition
		Source, Partition, Reason, Hint string
		Attempt                         int
		Refused                         map[string]string // contents of the tables that it has staged and that were refused
	} `yaml:"fail"`
	Reset *struct{ Partition, Model, Why string } `yaml:"reset"` // and the partition is swept
	Hold  *struct {
		Partition, Why string
		Until          time.Time
	} `yaml:"hold"`
	SQL         map[string]string `yaml:"sql"`         // models get other SQL, and the coordinator is deployed again
	Sweep       string            `yaml:"sweep"`       // the coordinator sweeps a day
	Fault       string            `yaml:"fault"`       // the next job of this name fails for now, and the coordinator dies
	Unavailable string            `yaml:"unavailable"` // from now on a table only has its newest day
	Drop        string            `yaml:"drop"`        // a person drops a table, and the sweep looks what is gone
	Overdue     *struct {         // the sweep has reported and requested a partition
		Source, Partition string
		Requests          int
		GaveUp            bool `yaml:"gave_up"`
		Missing, Lost     []string
	} `yaml:"overdue"`
	Letter *struct {
		Data       string
		Attributes map[string]string
	} `yaml:"letter"`
	Quarantine map[string]string `yaml:"quarantine"` // reasons by object name
	Commands   []string          `yaml:"commands"`
}

// world is a deployment with a working coordinator.
type world struct {
	t           *testing.T
	now         time.Time
	pipeline    *pipeline.Pipeline
	manifest    *manifest.Manifest
	store       *coordtest.Store
	warehouse   *coordtest.Warehouse
	queue       []event.Event
	loads       int
	faults      string
	unavailable string
	failed      []stage.Failure
	attempts    []stage.Attempt
	letters     []event.DeadLetter
	reasons     map[string][]byte
	out         strings.Builder
}

const pipelineYAML = `
name: test
timezone: Europe/Berlin
start: 2026-11-19
sources:
  medium:
    description: Daily.
    cadence: daily
    schedule: "30 7 * * *"
    due: "1d 10:00"
    tables:
      medium_stories: {description: A snapshot., reads: snapshot}
      medium_story_days: {description: A window., reads: window}
  kit:
    description: Daily.
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: A snapshot., reads: snapshot}
  drops:
    description: Monthly, by hand.
    cadence: monthly
    due: "5d 18:00"
    tables:
      drops_earnings: {description: A file., reads: snapshot}
`

// testModels returns the models, with other SQL for some.
func testModels(sql map[string]string) *manifest.Manifest {
	model := func(name string, grain partition.Grain, inputs ...manifest.Input) *manifest.Model {
		return coordtest.Model(manifest.Model{Name: name, Grain: grain, Inputs: inputs}, cmp.Or(sql[name], "v1"))
	}
	daily := func(table string, mapping manifest.Mapping, n int) manifest.Input {
		return manifest.Input{Table: table, Grain: partition.Daily, Mapping: mapping, N: n}
	}
	whole := model("stories", partition.Daily, daily("raw.medium_stories", manifest.Same, 0))
	whole.Materialized, whole.Strategy = manifest.Table, ""
	return &manifest.Manifest{Models: []*manifest.Model{
		model("story_days", partition.Daily, daily("raw.medium_story_days", manifest.Same, 0)),
		model("growth", partition.Daily, daily("raw.kit_subscribers", manifest.LastNDays, 2)),
		whole,
		model("overview", partition.Daily, daily("mart.growth", manifest.Same, 0), daily("mart.story_days", manifest.Same, 0)),
		model("earnings", partition.Monthly, daily("mart.story_days", manifest.EachDay, 0),
			manifest.Input{Table: "raw.drops_earnings", Grain: partition.Monthly, Mapping: manifest.Same}),
	}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	p, err := pipeline.Parse([]byte(pipelineYAML))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, now: time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC), pipeline: p, manifest: testModels(nil), store: &coordtest.Store{},
		reasons: map[string][]byte{}}
	w.warehouse = coordtest.NewWarehouse(w.manifest, p.StartDay(), w.clock)
	w.warehouse.Hook = func(_ context.Context, point string) coordtest.Fault {
		if w.faults != "" && strings.HasPrefix(point, w.faults) {
			return coordtest.Fail
		}
		return coordtest.None
	}
	return w
}

func (w *world) clock() time.Time { return w.now }

func (w *world) Publish(_ context.Context, e event.Event) error {
	w.queue = append(w.queue, e)
	return nil
}

func (w *world) PublishRaw(context.Context, []byte, map[string]string) error {
	return errors.New("nothing here is a dead letter")
}

func (w *world) coordinator() *coordinator.Coordinator {
	limits := coordinator.DefaultLimits()
	limits.Parallel, limits.Attempts = 1, 1
	c, err := coordinator.New(limits, coordinator.Deps{Pipeline: w.pipeline, Manifest: w.manifest, Store: w.store, Warehouse: w.warehouse,
		Events: w, DeadLetters: w, Staging: w, Now: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) do(st step) {
	ctx := w.t.Context()
	l := ledger.New(w.store, "person")
	switch {
	case !st.Now.IsZero():
		w.now = st.Now
	case st.Load != nil:
		e := event.Event{Version: event.Version, Type: event.Loaded, Source: st.Load.Source, Partition: partition.MustParse(st.Load.Partition),
			LoadID: w.loadID()}
		if a := st.Load.Accepted; a != nil {
			a.At, a.LoadID = w.now, w.failed[len(w.failed)-1].LoadID
			e.Accepted, e.LoadID = a, e.LoadID+event.AcceptedSuffix
		}
		w.attempts = append(w.attempts, stage.Attempt{Folder: stage.Folder{Source: e.Source, Partition: e.Partition, LoadID: e.LoadID}, Complete: true})
		for _, table := range slices.Sorted(maps.Keys(st.Load.Tables)) {
			e.Tables = append(e.Tables, w.warehouse.Load("raw."+table, e.Partition, st.Load.Tables[table]))
		}
		w.queue = append(w.queue, e)
		w.settle()
	case st.Fail != nil:
		w.fail(st)
	case st.Reset != nil:
		q := partition.MustParse(st.Reset.Partition)
		if err := l.ResetEpoch(ctx, w.list(l, q), q, st.Reset.Model, "ana", st.Reset.Why, w.now); err != nil {
			w.t.Fatal(err)
		}
		w.sweep(partition.Day(q.End().Add(-1)))
	case st.Hold != nil:
		h := ledger.Hold{ID: "backfill-1", By: "ana", Why: st.Hold.Why, Begun: w.now, Until: st.Hold.Until}
		if err := l.Hold(ctx, h, []partition.Partition{partition.MustParse(st.Hold.Partition)}, w.now); err != nil {
			w.t.Fatal(err)
		}
	case st.SQL != nil:
		w.manifest = testModels(st.SQL)
		w.warehouse.Deploy(w.manifest)
	case st.Sweep != "":
		w.sweep(partition.MustParse(st.Sweep))
	case st.Fault != "":
		w.faults = st.Fault
	case st.Unavailable != "":
		w.unavailable = st.Unavailable
	case st.Drop != "":
		w.warehouse.Drop(st.Drop)
		w.now = w.now.Add(time.Minute)
		s := coordinator.NewSweeper(w.coordinator(), coordinator.SweepDeps{})
		if _, err := s.NoticeGone(ctx, w.pipeline.StartDay()); err != nil {
			w.t.Fatal(err)
		}
	case st.Overdue != nil:
		record := ledger.Overdue{Source: st.Overdue.Source, Partition: partition.MustParse(st.Overdue.Partition), Requests: st.Overdue.Requests,
			RequestedAt: w.now, GaveUp: st.Overdue.GaveUp, Missing: st.Overdue.Missing, Lost: st.Overdue.Lost, At: w.now}
		seq := w.list(l, record.Partition).Seq(ledger.OverdueLog(record.Source, record.Partition)) + 1
		if err := l.AppendOverdue(ctx, seq, record); err != nil {
			w.t.Fatal(err)
		}
	case st.Letter != nil:
		w.letters = append(w.letters, event.DeadLetter{ID: fmt.Sprint(len(w.letters) + 1), At: w.now, Data: []byte(st.Letter.Data), Attributes: st.Letter.Attributes})
	case st.Quarantine != nil:
		for name, text := range st.Quarantine {
			w.reasons[name] = []byte(text)
		}
	case st.Commands != nil:
		for _, args := range st.Commands {
			w.command(args)
		}
	default:
		w.t.Fatal("an empty step")
	}
}

// loadID returns the id of a load that begins now.
func (w *world) loadID() string {
	w.loads++
	return fmt.Sprintf("%sZ-%d", w.now.Format("20060102T150405"), w.loads)
}

func (w *world) fail(st step) {
	p := partition.MustParse(st.Fail.Partition)
	f := stage.Failure{LoadID: w.loadID(), At: w.now, Code: "failed", Reason: st.Fail.Reason, Hint: st.Fail.Hint, Attempt: max(1, st.Fail.Attempt)}
	if st.Fail.Refused != nil {
		f.Code, f.Refusals, f.Load = "volume", []stage.Refusal{{Code: "volume", Reason: f.Reason}}, &stage.Load{}
		for _, table := range slices.Sorted(maps.Keys(st.Fail.Refused)) {
			f.Load.Files = append(f.Load.Files, stage.File{Table: table, Partition: p})
		}
	}
	w.failed = append(w.failed, f)
	w.attempts = append(w.attempts, stage.Attempt{Folder: stage.Folder{Source: st.Fail.Source, Partition: p, LoadID: f.LoadID}, Failed: true})
}

// Attempts returns the loads of a source, by partition.
func (w *world) Attempts(_ context.Context, source string, from, to partition.Partition) (list []stage.Attempt, err error) {
	for _, a := range w.attempts {
		if a.Source == source && a.Partition.Compare(from) >= 0 && a.Partition.Compare(to) <= 0 {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b stage.Attempt) int { return a.Partition.Compare(b.Partition) })
	return list, nil
}

func (w *world) Load(context.Context, stage.Folder) (load stage.Load, err error) {
	return load, errors.New("no command reads what was staged")
}

func (w *world) Failure(_ context.Context, f stage.Folder) (stage.Failure, error) {
	n := slices.IndexFunc(w.failed, func(failure stage.Failure) bool { return failure.LoadID == f.LoadID })
	return w.failed[n], nil
}

func (w *world) list(l *ledger.Ledger, p partition.Partition) *ledger.View {
	v := &ledger.View{}
	if err := l.List(w.t.Context(), v, []partition.Partition{p}); err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) sweep(day partition.Partition) {
	if err := w.coordinator().Sweep(w.t.Context(), day, day); err != nil && w.faults == "" {
		w.t.Fatal(err)
	}
	w.settle()
}

// settle delivers published events until none is left. A failed delivery is not repeated.
func (w *world) settle() {
	for len(w.queue) > 0 {
		e := w.queue[0]
		w.queue = w.queue[1:]
		w.now = w.now.Add(30 * time.Second)
		if err := w.coordinator().Handle(w.t.Context(), e); err != nil && w.faults == "" {
			w.t.Fatal(err)
		}
	}
	w.faults = ""
}

func (w *world) deployment() *deployment.Deployment {
	return &deployment.Deployment{Name: "my-mart", Flag: "--project my-mart", Pipeline: w.pipeline, Manifest: w.manifest, Store: w.store, Staging: w, DeadLetters: w, Drops: w,
		Unavailable: func(s *pipeline.Source, table string, p partition.Partition, now time.Time) bool {
			return table == w.unavailable && p != partition.NewestComplete(s.Cadence, now)
		},
		Close: func() error { return nil }}
}

func (w *world) ListDeadLetters(_ context.Context, limit int) ([]event.DeadLetter, error) {
	return w.letters[:min(limit, len(w.letters))], nil
}

func (w *world) Reasons(context.Context, int) (map[string][]byte, error) { return w.reasons, nil }

// command runs a command.
func (w *world) command(args string) {
	var out, errs bytes.Buffer
	status := rollcall(w.t.Context(), strings.Fields(args), system{out: term.NewOutput(&out), err: term.NewOutput(&errs), width: 100,
		open: func(context.Context, place) (*deployment.Deployment, time.Time, error) {
			return w.deployment(), w.now, nil
		}})
	fmt.Fprintf(&w.out, "$ rollcall %s\n%s%s[%d]\n\n", args, out.String(), errs.String(), status)
}

// If nothing has arrived in two years, everything waits for everything before it. Status must still answer quickly.
func TestStatusOfYearsWithoutArrivalsIsQuick(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.AddDate(2, 0, 0)
	w.command("status --last 700")
	if got := w.out.String(); !strings.Contains(got, "kit 2026-12-23 to 2028-11-20: it has not arrived; the first was due on 24 Dec 2026 10:00, 698 days") {
		t.Errorf("%s", got[max(0, len(got)-2000):])
	}
}
