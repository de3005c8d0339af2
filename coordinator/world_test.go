package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// tb holds the methods that a test and a simulation have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// world holds everything around one or several coordinators.
type world struct {
	t         tb
	pipeline  *pipeline.Pipeline
	manifest  *manifest.Manifest
	store     *coordtest.Store
	warehouse *coordtest.Warehouse
	limits    Limits
	now       func() time.Time
	loads     int

	mu          sync.Mutex
	hook        func(ctx context.Context, point string) coordtest.Fault
	queue       []event.Event       // published and not delivered
	deadLetters []map[string]string // attributes of dead letters
	overdue     []event.Event       // events that were published
	staging     []staged
	filesRead   int
	torn        bool // failed.json has half of its bytes
	requests    []LoadRequest
}

// staged is a load in the staging bucket; complete if it has files.
type staged struct {
	stage.Folder
	files    []stage.File
	accepted *event.Acceptance
	failure  *stage.Failure
}

func newWorld(t tb, setting coordtest.Setting, now func() time.Time, models ...*manifest.Model) *world {
	t.Helper()
	p, err := coordtest.Pipeline(setting)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, pipeline: p, manifest: &manifest.Manifest{Models: models}, store: &coordtest.Store{},
		limits: DefaultLimits(), now: now}
	w.limits.Parallel = 1 // so that tests see one order
	w.warehouse = coordtest.NewWarehouse(w.manifest, p.StartDay(), now)
	return w
}

// coordinator returns a new instance in the world.
func (w *world) coordinator() *Coordinator {
	c, err := New(w.limits, Deps{
		Pipeline: w.pipeline, Manifest: w.manifest, Store: hooked{w.store, w}, Warehouse: w.warehouse, Events: w, DeadLetters: w,
		Staging: w, Now: w.now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) fault(ctx context.Context, point string) coordtest.Fault {
	if w.hook == nil {
		return coordtest.None
	}
	return w.hook(ctx, point)
}

// Publish queues an event for delivery.
func (w *world) Publish(ctx context.Context, e event.Event) error {
	if w.fault(ctx, "publish "+e.Source) != coordtest.None {
		return errors.New("publish: connection reset")
	}
	data, err := e.Encode()
	if err != nil {
		return err
	}
	decoded, err := event.Decode(data)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Type == event.Overdue {
		w.overdue = append(w.overdue, decoded)
	}
	w.queue = append(w.queue, decoded)
	return nil
}

// PublishRaw keeps a dead letter's attributes.
func (w *world) PublishRaw(ctx context.Context, _ []byte, attributes map[string]string) error {
	if w.fault(ctx, "dead letter") != coordtest.None {
		return errors.New("publish: connection reset")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadLetters = append(w.deadLetters, attributes)
	return nil
}

// load stages and loads tables of a source, by their names without dataset, and returns the event.
func (w *world) load(source, p string, tables map[string]string) event.Event {
	e := event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: partition.MustParse(p)}
	s := w.stage(source, e.Partition, tables)
	e.LoadID = s.LoadID
	for _, f := range s.files {
		loaded := w.warehouse.Load("raw."+f.Table, f.Partition, tables[f.Table])
		w.warehouse.Done(f.LoadJob(s.LoadID), loaded)
		e.Tables = append(e.Tables, loaded)
	}
	return e
}

// stage stages tables of a source.
func (w *world) stage(source string, p partition.Partition, tables map[string]string) staged {
	w.loads++
	id := w.now().UTC().Format("20060102T150405.000Z")[:15] + fmt.Sprintf("000Z-%08d", w.loads)
	s := staged{Folder: stage.Folder{Source: source, Partition: p, LoadID: id}}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		s.files = append(s.files, stage.File{Table: table, Partition: p, Rows: int64(len(tables[table])), Digest: coordtest.Digest(tables[table])})
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.staging = append(w.staging, s)
	return s
}

// Attempts lists the loads of the staging bucket.
func (w *world) Attempts(ctx context.Context, source string, from, to partition.Partition) (list []stage.Attempt, err error) {
	if w.fault(ctx, "loads "+source) != coordtest.None {
		return nil, errors.New("list: connection reset")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.staging {
		if s.Source == source && s.Partition.Grain() == from.Grain() && s.Partition.Compare(from) >= 0 && s.Partition.Compare(to) <= 0 {
			list = append(list, stage.Attempt{Folder: s.Folder, Complete: s.files != nil, Failed: s.failure != nil})
		}
	}
	slices.SortStableFunc(list, func(a, b stage.Attempt) int { return a.Partition.Compare(b.Partition) })
	return list, nil
}

func (w *world) Load(_ context.Context, f stage.Folder) (stage.Load, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.filesRead++
	s := w.staged(f)
	return stage.Load{Accepted: s.accepted, Files: s.files}, nil
}

func (w *world) Failure(ctx context.Context, f stage.Folder) (stage.Failure, error) {
	if w.fault(ctx, "failure "+f.Source) != coordtest.None {
		return stage.Failure{}, errors.New("read: connection reset")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.torn {
		return stage.Failure{}, json.Unmarshal([]byte(`{"co`), &stage.Failure{})
	}
	return *w.staged(f).failure, nil
}

func (w *world) staged(f stage.Folder) staged {
	return w.staging[slices.IndexFunc(w.staging, func(s staged) bool { return s.Folder == f })]
}

// fail stages a load that failed. Its rows are staged and refused if it has tables.
func (w *world) fail(source, p, reason string, tables map[string]string) staged {
	s := w.stage(source, partition.MustParse(p), tables)
	failure := stage.Failure{At: w.now(), Code: "failed", Reason: reason, Attempt: 1}
	if tables != nil {
		failure.Code, failure.Refusals = "volume", []stage.Refusal{{Code: "volume", Reason: reason}}
		failure.Load = &stage.Load{Files: s.files}
	}
	s.files, s.failure = nil, &failure
	w.staging[len(w.staging)-1] = s
	return s
}

// RequestLoad records a load request; the same request only once.
func (w *world) RequestLoad(ctx context.Context, source string, p partition.Partition, number int) error {
	fault := w.fault(ctx, "request "+source)
	if fault == coordtest.Fail {
		return errors.New("request: connection reset")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := (LoadRequest{source, p, number}); !slices.Contains(w.requests, r) {
		w.requests = append(w.requests, r)
	}
	if fault != coordtest.None {
		return errors.New("request: connection reset while waiting for the reply")
	}
	return nil
}

// sweeper returns a Sweeper of an instance.
func (w *world) sweeper(c *Coordinator) *Sweeper {
	return NewSweeper(c, SweepDeps{Requester: w, Days: 35})
}

// push delivers data as Pub/Sub does, and returns the status of the answer.
func push(c *Coordinator, data []byte) int {
	var p event.Push
	p.Message.Data, p.Message.MessageID, p.Subscription = data, "m1", "projects/p/subscriptions/coordinator"
	body, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	rec := httptest.NewRecorder()
	c.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body))))
	return rec.Code
}

func deliver(c *Coordinator, e event.Event) int {
	data, err := e.Encode()
	if err != nil {
		panic(err)
	}
	return push(c, data)
}

// settle delivers events, and what is published meanwhile, until nothing is left. An event that is not
// acknowledged is delivered again after a second, at most a hundred times.
func (w *world) settle(c *Coordinator, events ...event.Event) {
	w.t.Helper()
	w.queue = append(w.queue, events...)
	refused := 0 // in a row
	for tries := 0; len(w.queue) > 0; tries++ {
		if refused > 100+10*len(w.queue) || tries > 10_000 {
			w.t.Fatalf("%d events are never acknowledged, the first is %+v", len(w.queue), w.queue[0])
		}
		e := w.queue[0]
		w.queue = w.queue[1:]
		refused++
		if deliver(c, e) != http.StatusNoContent {
			time.Sleep(time.Second)
			w.queue = append(w.queue, e)
			continue
		}
		refused = 0
	}
}

// hooked is a Store whose calls can be made to fail.
type hooked struct {
	ledger.Store
	w *world
}

func (h hooked) Create(ctx context.Context, name string, data []byte) error {
	switch h.w.fault(ctx, "create "+name) {
	case coordtest.Fail:
		return errors.New("create: connection reset")
	case coordtest.LoseReply:
		return errors.Join(h.Store.Create(ctx, name, data), errors.New("create: connection reset while waiting for the reply"))
	}
	return h.Store.Create(ctx, name, data)
}

func (h hooked) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	if h.w.fault(ctx, "list "+prefix) != coordtest.None {
		return nil, errors.New("list: connection reset")
	}
	return h.Store.List(ctx, prefix, from, to)
}

func (h hooked) Read(ctx context.Context, name string) ([]byte, error) {
	if h.w.fault(ctx, "read "+name) != coordtest.None {
		return nil, errors.New("read: connection reset")
	}
	return h.Store.Read(ctx, name)
}
