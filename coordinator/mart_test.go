package coordinator

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// mart runs the real pipeline with the real models over a warehouse.
type mart struct {
	t         *testing.T
	warehouse warehouse.Driver
	store     *coordtest.Store
	c         *Coordinator
	now       func() time.Time // nil: time.Now
	log       io.Writer        // nil: nowhere
	loads     int

	mu      sync.Mutex
	objects map[string][]byte
	queue   []event.Event
	ran     []string
}

func newMart(t *testing.T) *mart {
	return &mart{t: t, store: &coordtest.Store{}, objects: map[string][]byte{}}
}

// begin makes a coordinator over a warehouse, as a process does when it starts.
func (m *mart) begin(start string, w warehouse.Driver) {
	m.t.Helper()
	p, err := pipeline.Parse(PipelineYAML)
	if err != nil {
		m.t.Fatal(err)
	}
	limits := DefaultLimits()
	limits.Parallel = 1 // so that tests see one order
	m.warehouse = w
	log := slog.New(slog.DiscardHandler)
	if m.log != nil {
		log = slog.New(slog.NewTextHandler(m.log, nil))
	}
	m.c, err = New(limits, Deps{
		Pipeline: p.WithStart(partition.MustParse(start)), Manifest: models.Load(w.Dialect()), Store: m.store, Warehouse: w,
		Events: m, DeadLetters: m, Exclusive: true, Now: m.now, Log: log,
		OnRunEnd: func(end ledger.Run, _ time.Duration) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.ran = append(m.ran, fmt.Sprintf("%s %s %s", end.Model, end.Partition, end.State))
		},
	})
	if err != nil {
		m.t.Fatal(err)
	}
}

func (m *mart) Publish(_ context.Context, e event.Event) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = append(m.queue, e)
	return nil
}

func (m *mart) PublishRaw(_ context.Context, _ []byte, attributes map[string]string) error {
	return fmt.Errorf("dead letter: %s", attributes["reason"])
}

func (m *mart) read(_ context.Context, uri string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[uri]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// schema returns a raw table's schema, from its schema file.
func (m *mart) schema(source, table string) schema.Schema {
	m.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "functions", source, "schema", table+".json"))
	if err != nil {
		m.t.Fatal(err)
	}
	s, err := schema.Parse(text)
	if err != nil {
		m.t.Fatal(err)
	}
	return s
}

// load loads rows as a source does, and returns the event.
func (m *mart) load(source, table, p string, rows ...schema.Row) event.Event {
	m.t.Helper()
	return m.loadAs(m.schema(source, table), source, table, p, rows...)
}

// loadAs loads rows with a schema that the table may not have yet. Without rows there is no object, as in
// package stage.
func (m *mart) loadAs(s schema.Schema, source, table, p string, rows ...schema.Row) event.Event {
	m.t.Helper()
	check := func(err error) {
		m.t.Helper()
		if err != nil {
			m.t.Fatal(err)
		}
	}
	m.loads++
	id := fmt.Sprintf("20261101T073000000Z-%08x", m.loads)
	var d digest.Digest
	var object bytes.Buffer
	gz := gzip.NewWriter(&object)
	for _, row := range rows {
		row[s[0].Name] = partition.MustParse(p)
		line, err := s.Append(nil, row)
		check(err)
		d.Add(line)
		_, err = gz.Write(line)
		check(err)
	}
	check(gz.Close())
	q := partition.MustParse(p)
	name := warehouse.Table{Dataset: "raw", Name: table}
	load := &warehouse.Load{Destination: name, Schema: s, Partition: q}
	if len(rows) > 0 {
		load.URIs = []string{fmt.Sprintf("gs://staging/%s/%s/%s/%s.%[2]s.0000.ndjson.gz", source, p, id, table)}
		m.mu.Lock()
		m.objects[load.URIs[0]] = object.Bytes()
		m.mu.Unlock()
	}
	check(m.warehouse.EnsureTable(m.t.Context(), warehouse.Definition{Table: name, Schema: s, PartitionBy: s[0].Name, Grain: q.Grain()}))
	status, err := warehouse.Run(m.t.Context(), m.warehouse, warehouse.Job{
		ID:     fmt.Sprintf("load_%s_%s_%s", table, p, id),
		Labels: map[string]string{"pipeline": "rollcall", "source": source, "partition": p}, Load: load,
	})
	check(err)
	return event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: q, LoadID: id,
		Tables: []event.Table{{Table: name.String(), Rows: d.Rows(), Digest: d.Sum(), LoadedAt: status.Ended}}}
}

// settle delivers events, and what is published meanwhile, and returns what ran.
func (m *mart) settle(events ...event.Event) []string {
	m.t.Helper()
	m.ran = nil
	m.queue = append(m.queue, events...)
	for n := 0; len(m.queue) > 0; n++ {
		e := m.queue[0]
		m.queue = m.queue[1:]
		if code := deliver(m.c, e); code != 204 || n > 200 {
			m.t.Fatalf("%s %s: answer %d to event %d", e.Source, e.Partition, code, n)
		}
	}
	slices.Sort(m.ran)
	return m.ran
}

func (m *mart) want(what string, got []string, want ...string) {
	m.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func storyDay(viewers, readers int64, cents string) schema.Row {
	return schema.Row{"post_id": "p1", "membership": "MEMBER", "viewers": viewers, "readers": readers, "clappers": int64(1),
		"responders": int64(0), "highlighters": int64(0), "followers_gained": int64(0), "earnings_cents": cents}
}

func transaction(id, currency, category string, amount, fee int64) schema.Row {
	at := time.Date(2026, 10, 30, 12, 0, 0, 0, time.UTC)
	return schema.Row{"id": id, "created": at, "available_on": at, "currency": currency, "amount": amount, "fee": fee, "net": amount - fee,
		"reporting_category": category, "type": category, "status": "available", "fee_details": []any{}}
}
