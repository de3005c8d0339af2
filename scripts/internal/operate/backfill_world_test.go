package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
)

const pipelineYAML = `
name: test
timezone: UTC
start: 2026-01-01
sources:
  drops:
    description: What a person drops.
    cadence: monthly
    due: "5d 18:00"
    tables:
      drops_files: {description: A file of the month., reads: window}
  kit:
    description: Tells of now.
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: A snapshot., reads: snapshot}
  medium:
    description: Tells of any day, and of now.
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    lookback: 3
    tables:
      medium_stories: {description: A snapshot., reads: snapshot}
      medium_story_days: {description: A window., reads: window}
  stripe:
    description: Tells of any month.
    cadence: monthly
    schedule: "0 8 1 * *"
    due: "3d 10:00"
    lookback: 2
    tables:
      stripe_transactions: {description: A window., reads: window}
`

// backfillWorld is everything around the command: sources, a coordinator, a warehouse in memory, and the clock of the bubble.
type backfillWorld struct {
	t           *testing.T
	pipeline    *pipeline.Pipeline
	manifest    *manifest.Manifest
	store       *coordtest.Store
	warehouse   *coordtest.Warehouse
	coordinator *coordinator.Coordinator
	begun, now0 time.Time

	mu       sync.Mutex
	queue    []event.Event
	loads    int
	versions map[plan.TablePartition]int    // how often a table's partition was restated at its source
	told     map[plan.TablePartition]string // what it tells instead
	staged   map[plan.TablePartition]string // snapshots
	dropped  map[partition.Partition]bool
	killed   map[string]bool // by who ran it
}

func newBackfillWorld(t *testing.T, m *manifest.Manifest, now time.Time) *backfillWorld {
	p, err := pipeline.Parse([]byte(pipelineYAML))
	if err != nil {
		t.Fatal(err)
	}
	w := &backfillWorld{t: t, pipeline: p, manifest: m, store: &coordtest.Store{}, begun: time.Now(), now0: now,
		versions: map[plan.TablePartition]int{}, told: map[plan.TablePartition]string{}, staged: map[plan.TablePartition]string{}, dropped: map[partition.Partition]bool{}, killed: map[string]bool{}}
	w.warehouse = coordtest.NewWarehouse(m, p.StartDay(), w.now)
	limits := coordinator.DefaultLimits()
	limits.Parallel = 1 // so that tests see one order
	w.coordinator, err = coordinator.New(limits, coordinator.Deps{Pipeline: p, Manifest: m, Store: w.store, Warehouse: w.warehouse,
		Events: w, DeadLetters: w, Now: w.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *backfillWorld) now() time.Time { return w.now0.Add(time.Since(w.begun)) }

// Publish keeps an event until it is delivered.
func (w *backfillWorld) Publish(_ context.Context, e event.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, e)
	return nil
}

// PublishRaw is for dead letters, of which there are none.
func (w *backfillWorld) PublishRaw(context.Context, []byte, map[string]string) error {
	return errors.New("a dead letter")
}

// deliver delivers all events, and those that come of them.
func (w *backfillWorld) deliver() {
	for tries := 0; ; tries++ {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.mu.Unlock()
			return
		}
		e := w.queue[0]
		w.queue = w.queue[1:]
		w.mu.Unlock()
		if tries > 10_000 {
			w.t.Fatalf("events go on for ever, now %+v", e)
		}
		if err := w.coordinator.Handle(w.t.Context(), e); err != nil {
			w.t.Fatalf("%s %s: %v", e.Source, e.Partition, err)
		}
	}
}

// content is what a source tells of a table's partition now.
func (w *backfillWorld) content(table string, p partition.Partition) string {
	key := plan.TablePartition{Table: table, Partition: p}
	if text := w.told[key]; text != "" {
		return text
	}
	return fmt.Sprintf("%s%d", strings.TrimPrefix(table, "raw."), 1+w.versions[key])
}

// load does what shared/source does for one request. Now is whether the partition is the newest.
func (w *backfillWorld) load(source string, p partition.Partition, now bool) error {
	src := w.pipeline.Sources[source]
	w.loads++
	events := map[partition.Partition]*event.Event{}
	put := func(table string, q partition.Partition, content string) {
		if events[q] == nil {
			events[q] = &event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: q, LoadID: fmt.Sprintf("load-%d", w.loads)}
		}
		events[q].Tables = append(events[q].Tables, w.warehouse.Load(table, q, content))
	}
	if source == "drops" && !w.dropped[p] {
		return &deployment.Refusal{Status: http.StatusUnprocessableEntity, Reason: fmt.Sprintf("no file tells of %s", p), Hint: "download it and drop it"}
	}
	for _, table := range src.SortedTables() {
		if src.Table(table).Reads == pipeline.Window {
			for n := src.Lookback - 1; n >= 0; n-- {
				put(table, p.Add(-n), w.content(table, p.Add(-n)))
			}
			continue
		}
		key := plan.TablePartition{Table: table, Partition: p}
		if now {
			w.staged[key] = w.content(table, p)
		}
		if content, ok := w.staged[key]; ok {
			put(table, p, content)
		}
	}
	if len(events) == 0 {
		return &deployment.Refusal{Status: http.StatusUnprocessableEntity, Reason: "no snapshot of that partition is staged"}
	}
	for _, q := range slices.SortedFunc(maps.Keys(events), partition.Partition.Compare) {
		if err := w.Publish(w.t.Context(), *events[q]); err != nil {
			return err
		}
	}
	return nil
}

// Attempts are complete loads of the partitions that have a staged snapshot.
func (w *backfillWorld) Attempts(_ context.Context, source string, from, to partition.Partition) (list []stage.Attempt, err error) {
	for p := range partition.Range(from, to) {
		for _, table := range w.pipeline.Sources[source].SortedTables() {
			if _, ok := w.staged[plan.TablePartition{Table: table, Partition: p}]; ok {
				list = append(list, stage.Attempt{Folder: stage.Folder{Source: source, Partition: p}, Complete: true})
			}
		}
	}
	return list, nil
}

// Load returns the staged snapshots of a partition.
func (w *backfillWorld) Load(_ context.Context, f stage.Folder) (load stage.Load, err error) {
	for _, table := range w.pipeline.Sources[f.Source].SortedTables() {
		if _, ok := w.staged[plan.TablePartition{Table: table, Partition: f.Partition}]; ok {
			load.Files = append(load.Files, stage.File{Table: strings.TrimPrefix(table, "raw."), Partition: f.Partition})
		}
	}
	return load, nil
}

func (w *backfillWorld) Failure(context.Context, stage.Folder) (failure stage.Failure, err error) {
	return failure, errors.New("no load fails")
}

// runs is how often each model's partition has run.
func (w *backfillWorld) runs() map[plan.TablePartition]int {
	n := map[plan.TablePartition]int{}
	for _, name := range w.store.Names() {
		parts := strings.Split(name, "/")
		if len(parts) == 5 && parts[2] == "runs" {
			n[plan.TablePartition{Table: parts[3], Partition: partition.MustParse(parts[1])}]++
		}
	}
	for target, records := range n {
		if records%2 != 0 {
			w.t.Errorf("a run of %s has not ended", target)
		}
		n[target] = records / 2
	}
	return n
}

// marts are the models' tables.
func marts(tables coordtest.Tables) coordtest.Tables {
	maps.DeleteFunc(tables, func(table string, _ map[partition.Partition]string) bool { return !strings.HasPrefix(table, "mart.") })
	return tables
}

// rebuilt are the models' tables as they come to be in a new world from what the raw tables hold in this one.
func (w *backfillWorld) rebuilt() coordtest.Tables {
	fresh := newBackfillWorld(w.t, w.manifest, w.now())
	for table, partitions := range w.warehouse.Contents() {
		src := w.pipeline.Owner(table)
		if src == nil {
			continue
		}
		for p, content := range partitions {
			e := event.Event{Version: event.Version, Type: event.Loaded, Source: src.Name, Partition: p, LoadID: "rebuild",
				Tables: []event.Table{fresh.warehouse.Load(table, p, content)}}
			if err := fresh.Publish(w.t.Context(), e); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	fresh.deliver()
	return marts(fresh.warehouse.Contents())
}

// process is one run of the command in the world: the worker and the store that it has.
type process struct {
	*backfillWorld
	by        string
	cancel    context.CancelFunc
	asleep    time.Time // until then its calls of the store do not end
	meanwhile []happening
	killAt    int
	say       func(format string, args ...any)
	do        func(backfillStep)
}

var (
	_ deployment.Worker = (*process)(nil)
	_ ledger.Store      = processStore{}
)

var errKilled = errors.New("the process is dead")

// call is what happens when the process makes a call.
func (p *process) call(ctx context.Context, name string) error {
	if p.killed[p.by] {
		return errKilled
	}
	if p.killAt--; p.killAt == 0 {
		p.say("%s: killed", name)
		p.killed[p.by] = true
		return errKilled
	}
	for i := range p.meanwhile {
		h := &p.meanwhile[i]
		if h.At != name {
			continue
		}
		if h.Times = max(1, h.Times) - 1; h.Times == 0 {
			h.At = ""
		}
		switch {
		case h.Answer != 0:
			if !h.told {
				p.say("%s: answered %d, %s", name, h.Answer, term.Count(h.Times+1, "time"))
				h.told = true
			}
			return &deployment.Refusal{Status: h.Answer, Reason: fmt.Sprintf("the function answered %d", h.Answer)}
		case h.Kill:
			p.say("%s: killed", name)
			p.killed[p.by] = true
			return errKilled
		case h.Stop:
			p.say("%s: Ctrl-C", name)
			p.cancel()
			return context.Canceled
		case h.Asleep > 0:
			p.say("%s: asleep for %s", name, h.Asleep)
			p.mu.Lock()
			p.asleep = p.now().Add(h.Asleep)
			p.mu.Unlock()
			time.Sleep(h.Asleep - time.Minute)
			p.do(*h.Do)
			time.Sleep(time.Minute)
		default:
			p.do(*h.Do)
		}
		break
	}
	return ctx.Err()
}

// RequestLoad takes ten seconds.
func (p *process) RequestLoad(ctx context.Context, r deployment.Request) (result source.Result, err error) {
	from, q := r.Source, r.Partition
	name := fmt.Sprintf("ask %s %s", from, q)
	if err := p.call(ctx, name); err != nil {
		return result, err
	}
	time.Sleep(10 * time.Second)
	err = p.load(from, q, q == partition.NewestComplete(p.pipeline.Sources[from].Cadence, p.now()))
	p.deliver()
	if err != nil {
		p.say("%s: %v", name, err)
	} else {
		p.say("%s", name)
	}
	return result, err
}

func (p *process) Sweep(ctx context.Context, from, to partition.Partition) error {
	if err := p.call(ctx, "sweep"); err != nil {
		return err
	}
	defer p.deliver()
	return p.coordinator.Sweep(ctx, from, to)
}

func (p *process) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	if err := p.call(ctx, "sweep holding"); err != nil {
		return err
	}
	defer p.deliver()
	return p.coordinator.SweepHolding(ctx, from, to, hold)
}

func (p *process) Quiet(ctx context.Context, _, _ partition.Partition) error {
	return p.call(ctx, "quiet")
}

func (p *process) Seek(context.Context, time.Time) error { return deployment.ErrNoSeek }

func (p *process) SendBack(context.Context, func(event.DeadLetter) bool) ([]event.DeadLetter, error) {
	return nil, errors.New("no letters")
}

func (p *process) Restore(context.Context, deployment.Refused, func(deployment.Dropped) error) error {
	return errors.New("no quarantine")
}

func (p *process) Close() error { return nil }

// processStore is the ledger's store as a process has it that may be dead.
type processStore struct{ *process }

func (s processStore) Create(ctx context.Context, name string, data []byte) error {
	s.mu.Lock()
	left := s.asleep.Sub(s.now())
	s.mu.Unlock()
	time.Sleep(left)
	if s.killed[s.by] {
		return errKilled
	}
	return s.store.Create(ctx, name, data)
}

func (s processStore) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	if s.killed[s.by] {
		return nil, errKilled
	}
	return s.store.List(ctx, prefix, from, to)
}

func (s processStore) Read(ctx context.Context, name string) ([]byte, error) {
	if s.killed[s.by] {
		return nil, errKilled
	}
	return s.store.Read(ctx, name)
}
