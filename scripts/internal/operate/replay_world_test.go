package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
)

// replayWorld is a site in memory, with two instances of a coordinator: one is swept by, the other takes the events.
type replayWorld struct {
	t         *testing.T
	scenario  replayScenario
	pipeline  *pipeline.Pipeline
	manifest  *manifest.Manifest
	store     *coordtest.Store
	warehouse *coordtest.Warehouse
	instances [2]*coordinator.Coordinator
	out       strings.Builder
	loads     atomic.Int64

	mu      sync.Mutex
	now     time.Time
	queue   []event.Event
	kept    []published // every event, since messages are kept
	letters []event.DeadLetter
	files   map[string]deployment.Dropped
	refused []deployment.Refused
	brings  map[string]map[string]string // contents by table, by "kit 2026-11-21"
	refuses map[string]string
	gone    []string
	live    func(point string)

	noDryRun error // of every estimate
}

type published struct {
	at time.Time
	event.Event
}

func newReplayWorld(t *testing.T, s replayScenario) *replayWorld {
	t.Helper()
	p, err := coordtest.Pipeline(coordtest.Setting{Start: s.Start})
	if err != nil {
		t.Fatal(err)
	}
	w := &replayWorld{t: t, scenario: s, pipeline: p, manifest: scenarioModels(s.Models, nil), store: &coordtest.Store{},
		now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), files: map[string]deployment.Dropped{},
		brings: map[string]map[string]string{}, refuses: map[string]string{}}
	w.warehouse = coordtest.NewWarehouse(w.manifest, p.StartDay(), w.clock)
	w.warehouse.Hook = func(_ context.Context, point string) coordtest.Fault {
		w.mu.Lock()
		live := w.live
		w.mu.Unlock()
		if live != nil {
			live(point)
		}
		return coordtest.None
	}
	w.deploy()
	return w
}

func (w *replayWorld) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// deploy starts the coordinator anew.
func (w *replayWorld) deploy() {
	for i := range w.instances {
		limits := coordinator.DefaultLimits()
		limits.Parallel = 1 // so that tests see one order
		c, err := coordinator.New(limits, coordinator.Deps{
			Pipeline: w.pipeline, Manifest: w.manifest, Store: w.store, Warehouse: w.warehouse, Events: w, DeadLetters: w,
			Now: w.clock, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			w.t.Fatal(err)
		}
		w.instances[i] = c
	}
}

// open is the site, for the command.
func (w *replayWorld) open(Place) (*site, error) {
	d := &deployment.Deployment{
		Name: "my-mart", Local: !w.scenario.Kept, Pipeline: w.pipeline, Manifest: w.manifest, Store: w.store, DeadLetters: w, Drops: w,
		Close: func() error { return nil },
	}
	if w.scenario.Kept || w.noDryRun != nil {
		d.Estimate = w.Estimate
	}
	work := func(context.Context, partition.Partition, partition.Partition) (*deployment.Deployment, deployment.Worker, error) {
		return d, w, nil
	}
	return &site{Deployment: d, clock: w.clock, retry: RetryPolicy{Busy: time.Hour, Tries: 1}, poll: time.Hour, work: work}, nil
}

// Publish puts an event into the topic.
func (w *replayWorld) Publish(_ context.Context, e event.Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, e)
	w.kept = append(w.kept, published{w.now, e})
	return nil
}

// PublishRaw takes a dead letter.
func (w *replayWorld) PublishRaw(_ context.Context, data []byte, attributes map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.letters = append(w.letters, event.DeadLetter{ID: fmt.Sprintf("m%d", len(w.letters)+1), At: w.now, Data: data, Attributes: attributes})
	return nil
}

// settle delivers events until none is left. One that is not taken comes again after a minute.
func (w *replayWorld) settle() {
	w.t.Helper()
	for tries := 0; ; tries++ {
		w.mu.Lock()
		mail := w.queue
		w.queue = nil
		w.mu.Unlock()
		if len(mail) == 0 {
			return
		}
		if tries > 100 {
			panic(fmt.Sprintf("%d events are never taken, the first is %+v", len(mail), mail[0])) // on a goroutine of the command's
		}
		for _, e := range mail {
			if code := w.deliver(e); code != http.StatusNoContent {
				w.mu.Lock()
				w.queue = append(w.queue, e)
				w.now = w.now.Add(time.Minute) // it comes again later, when leases may have ended
				w.mu.Unlock()
			}
		}
	}
}

func (w *replayWorld) deliver(e event.Event) int {
	data, err := e.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.push(data, e.Attributes())
}

func (w *replayWorld) push(data []byte, attributes map[string]string) int {
	var p event.Push
	p.Message.Data, p.Message.MessageID, p.Message.Attributes = data, "m", attributes
	p.Subscription = "projects/my-mart/subscriptions/coordinator"
	body, err := json.Marshal(p)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.instances[1].ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body)))
	return rec.Code
}

// load loads tables of a source for a partition, and is the event that tells of it.
func (w *replayWorld) load(source string, p partition.Partition, tables map[string]string) event.Event {
	e := event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: p, LoadID: fmt.Sprintf("load-%d", w.loads.Add(1))}
	for table, content := range tables {
		e.Tables = append(e.Tables, w.warehouse.Load("raw."+table, p, content))
	}
	slices.SortFunc(e.Tables, func(a, b event.Table) int { return strings.Compare(a.Table, b.Table) })
	return e
}

// RequestLoad has a source load what it brings, or the same as stands, and of window tables the day before too.
func (w *replayWorld) RequestLoad(ctx context.Context, r deployment.Request) (result source.Result, err error) {
	p := r.Partition
	if why := w.refuses[r.Source]; why != "" {
		return result, &deployment.Refusal{Status: http.StatusUnprocessableEntity, Reason: why, Hint: "load it from a backup"}
	}
	tables := w.warehouse.Contents()
	src := w.pipeline.Sources[r.Source]
	for back := src.Lookback - 1; back >= 0; back-- {
		contents := map[string]string{}
		for name, table := range src.Tables {
			q := p.Add(-back)
			if slices.Contains(w.gone, name) || back > 0 && table.Reads != pipeline.Window {
				continue
			}
			if text, stands := tables["raw."+name][q]; stands {
				contents[name] = text
			}
			if text, ok := w.brings[r.Source+" "+q.String()][name]; ok {
				contents[name] = text
			}
		}
		if len(contents) == 0 {
			continue
		}
		if err := w.Publish(ctx, w.load(r.Source, p.Add(-back), contents)); err != nil {
			return result, err
		}
	}
	return result, nil
}

func (w *replayWorld) Sweep(ctx context.Context, from, to partition.Partition) error {
	err := w.instances[0].Sweep(ctx, from, to)
	w.settle()
	return err
}

func (w *replayWorld) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	err := w.instances[0].SweepHolding(ctx, from, to, hold)
	w.settle()
	return err
}

func (w *replayWorld) Quiet(context.Context, partition.Partition, partition.Partition) error {
	w.settle()
	return nil
}

// Seek delivers again what was published since.
func (w *replayWorld) Seek(_ context.Context, to time.Time) error {
	if !w.scenario.Kept {
		return deployment.ErrNoSeek
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.kept {
		if !p.at.Before(to) {
			w.queue = append(w.queue, p.Event)
		}
	}
	return nil
}

func (w *replayWorld) Estimate(_ context.Context, m *manifest.Model, _ partition.Partition, _ []ledger.Arrival) (int64, error) {
	if w.noDryRun != nil {
		return 0, w.noDryRun
	}
	return int64(len(m.Name)) << 20, nil
}

func (w *replayWorld) ListDeadLetters(_ context.Context, limit int) ([]event.DeadLetter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.letters[:min(limit, len(w.letters))]), nil
}

func (w *replayWorld) SendBack(_ context.Context, choose func(event.DeadLetter) bool) (sent []event.DeadLetter, err error) {
	letters, _ := w.ListDeadLetters(context.Background(), 100)
	for _, l := range letters {
		if !choose(l) {
			continue
		}
		w.mu.Lock()
		w.letters = slices.DeleteFunc(w.letters, func(x event.DeadLetter) bool { return x.ID == l.ID })
		w.mu.Unlock()
		if code := w.push(l.Data, l.Original()); code != http.StatusNoContent {
			w.t.Fatalf("letter %s: answer %d", l.ID, code)
		}
		sent = append(sent, l)
	}
	return sent, nil
}

// Reasons are of the files in quarantine.
func (w *replayWorld) Reasons(context.Context, int) (map[string][]byte, error) {
	texts := map[string][]byte{}
	for _, r := range w.refused {
		data, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		texts[deployment.QuarantinePrefix+r.Object+deployment.ReasonSuffix] = data
	}
	return texts, nil
}

func (w *replayWorld) Restore(_ context.Context, r deployment.Refused, check func(deployment.Dropped) error) error {
	d, ok := w.files[r.Object]
	if !ok {
		return errors.New("there is no such file")
	}
	if err := check(d); err != nil {
		return err
	}
	w.refused = slices.DeleteFunc(w.refused, func(x deployment.Refused) bool { return x.Object == r.Object })
	fmt.Fprintf(&w.out, "    file %s is in its place again\n", r.Object)
	return nil
}

func (w *replayWorld) Close() error { return nil }

var _ deployment.Worker = (*replayWorld)(nil)
