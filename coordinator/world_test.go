package coordinator

import (
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
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// tb is what both a test and a simulation have.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// world is everything around one or several coordinators.
type world struct {
	t         tb
	pipeline  *pipeline.Pipeline
	manifest  *manifest.Manifest
	store     *ledgertest.Memory
	warehouse *coordtest.Warehouse
	limits    Limits
	now       func() time.Time
	loads     int

	mu      sync.Mutex
	hook    func(ctx context.Context, point string) coordtest.Fault
	queue   []event.Event       // published and not delivered
	letters []map[string]string // attributes of dead letters
}

func newWorld(t tb, start string, added map[string]string, now func() time.Time, models ...*manifest.Model) *world {
	t.Helper()
	p, err := coordtest.Pipeline(start, added)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, pipeline: p, manifest: &manifest.Manifest{Models: models}, store: &ledgertest.Memory{},
		limits: DefaultLimits(), now: now}
	w.limits.Parallel = 1 // so that tests see one order
	w.warehouse = coordtest.NewWarehouse(w.manifest, p.StartDay(), now)
	return w
}

// coordinator is a new instance in the world.
func (w *world) coordinator() *Coordinator {
	c, err := New(w.limits, Deps{
		Pipeline: w.pipeline, Manifest: w.manifest, Store: hooked{w.store, w}, Warehouse: w.warehouse, Events: w, DeadLetters: w,
		Now: w.now, Log: slog.New(slog.DiscardHandler),
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

// Publish keeps an event for whoever delivers.
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
	w.letters = append(w.letters, attributes)
	return nil
}

// load loads tables of a source, by their names without dataset, and is the event that tells of it.
func (w *world) load(source, p string, tables map[string]string) event.Event {
	w.loads++
	e := event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: partition.MustParse(p),
		LoadID: fmt.Sprintf("load-%d", w.loads)}
	for table, content := range tables {
		e.Tables = append(e.Tables, w.warehouse.Load("raw."+table, e.Partition, content))
	}
	slices.SortFunc(e.Tables, func(a, b event.Table) int { return strings.Compare(a.Table, b.Table) })
	return e
}

// push delivers data as Pub/Sub does, and gives the status of the answer.
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

// settle delivers what has been published, and what is published by that, until nothing is left; an event that is not
// taken comes again after a second, a hundred times at most.
func (w *world) settle(c *Coordinator, events ...event.Event) {
	w.t.Helper()
	w.queue = append(w.queue, events...)
	for tries := 0; len(w.queue) > 0; tries++ {
		if tries > 100+10*len(w.queue) {
			w.t.Fatalf("%d events are never taken, the first is %+v", len(w.queue), w.queue[0])
		}
		e := w.queue[0]
		w.queue = w.queue[1:]
		if deliver(c, e) != http.StatusNoContent {
			time.Sleep(time.Second)
			w.queue = append(w.queue, e)
		}
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
