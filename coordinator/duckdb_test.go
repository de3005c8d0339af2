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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// file is the real pipeline, with the real models, over a DuckDB file.
type file struct {
	t       *testing.T
	path    string
	driver  *duckdb.Driver
	store   *ledgertest.Memory
	c       *Coordinator
	objects map[string][]byte
	loads   int

	mu    sync.Mutex
	queue []event.Event
	ran   []string
}

func (f *file) Publish(_ context.Context, e event.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queue = append(f.queue, e)
	return nil
}

func (f *file) PublishRaw(_ context.Context, _ []byte, attributes map[string]string) error {
	return fmt.Errorf("dead letter: %s", attributes["reason"])
}

// open opens the file, as a process does when it starts.
func (f *file) open() {
	f.t.Helper()
	p, err := pipeline.Parse(PipelineYAML)
	if err != nil {
		f.t.Fatal(err)
	}
	f.driver, err = duckdb.Open(f.t.Context(), duckdb.Options{Path: f.path, Open: f.read})
	if err != nil {
		f.t.Fatal(err)
	}
	f.c, err = New(DefaultLimits(), Deps{
		Pipeline: p.WithStart(partition.MustParse("2026-10-30")), Manifest: models.Load(), Store: f.store, Warehouse: f.driver,
		Events: f, DeadLetters: f, Alone: true, Log: slog.New(slog.DiscardHandler),
		Observe: func(end ledger.Run, _ time.Duration) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.ran = append(f.ran, fmt.Sprintf("%s %s %s", end.Model, end.Partition, end.State))
		},
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *file) close() {
	if err := f.driver.Close(); err != nil {
		f.t.Error(err)
	}
}

func (f *file) read(_ context.Context, uri string) (io.ReadCloser, error) {
	data, ok := f.objects[uri]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

// load loads rows as a source does, and is the event that tells of it.
func (f *file) load(source, table, p string, rows ...schema.Row) event.Event {
	f.t.Helper()
	check := func(err error) {
		f.t.Helper()
		if err != nil {
			f.t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "functions", source, "schema", table+".json"))
	check(err)
	s, err := schema.Parse(text)
	check(err)
	f.loads++
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
	uri := fmt.Sprintf("gs://staging/%d", f.loads)
	f.objects[uri] = object.Bytes()
	q := partition.MustParse(p)
	name := warehouse.Table{Dataset: "raw", Name: table}
	check(f.driver.EnsureTable(f.t.Context(), warehouse.Definition{Table: name, Schema: s, PartitionBy: s[0].Name, Grain: q.Grain()}))
	status, err := warehouse.Run(f.t.Context(), f.driver, warehouse.Job{ID: fmt.Sprintf("load_%d", f.loads),
		Load: &warehouse.Load{URIs: []string{uri}, Destination: name, Schema: s, Partition: q}})
	check(err)
	return event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: q, LoadID: fmt.Sprint("load-", f.loads),
		Tables: []event.Table{{Table: name.String(), Rows: d.Rows(), Digest: d.Sum(), LoadedAt: status.Ended}}}
}

// settle delivers events, and what is published by that, and gives what ran.
func (f *file) settle(events ...event.Event) []string {
	f.t.Helper()
	f.ran = nil
	f.queue = append(f.queue, events...)
	for n := 0; len(f.queue) > 0; n++ {
		e := f.queue[0]
		f.queue = f.queue[1:]
		if code := deliver(f.c, e); code != 204 || n > 200 {
			f.t.Fatalf("%s %s: answer %d to event %d", e.Source, e.Partition, code, n)
		}
	}
	slices.Sort(f.ran)
	return f.ran
}

// rows are the rows of a SELECT, a line each.
func (f *file) rows(text string) []string {
	f.t.Helper()
	rows, err := f.driver.Query(f.t.Context(), text, nil, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	var list []string
	for _, row := range rows {
		list = append(list, fmt.Sprint(row["line"]))
	}
	return list
}

func (f *file) want(what string, got []string, want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("%s (-want +got):\n%s", what, diff)
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

const (
	selectDays    = `SELECT concat_ws(' ', day, viewers, readers, earnings) AS line FROM mart.story_days ORDER BY day`
	selectRevenue = `SELECT concat_ws(' ', month, currency, stream, gross, fees, net) AS line FROM mart.revenue ORDER BY currency, stream`
	selectFresh   = `SELECT concat_ws(' ', model, grain, newest_partition, row_count, published_at = last_published_at) AS line
		FROM mart.freshness ORDER BY model`
)

// The real models run on what sources load; what is restated runs again, by copy and by MERGE; what fails its audit leaves
// what stood; and whoever opens the file later finds nothing to do.
func TestTheRealModelsRunOverAFile(t *testing.T) {
	f := &file{t: t, path: filepath.Join(t.TempDir(), "warehouse.duckdb"), store: &ledgertest.Memory{}, objects: map[string][]byte{}}
	f.open()
	defer func() { f.close() }()

	f.want("the first day", f.settle(f.load("medium", "medium_story_days", "2026-10-31", storyDay(20, 10, "150"))),
		"story_days 2026-10-31 succeeded")
	f.want("the month's other day", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(10, 5, "50"))),
		"aggregate_engagement 2026-10 succeeded", "boost_effect 2026-10 succeeded", // latest finds no story_stats, and does not wait
		"story_days 2026-10-30 succeeded", "story_months 2026-10 succeeded")
	f.want("and its transactions", f.settle(f.load("stripe", "stripe_balance_transactions", "2026-10",
		transaction("t1", "eur", "charge", 1000, 59), transaction("t2", "jpy", "charge", 900, 36))), "revenue 2026-10 succeeded")
	f.want("story_days", f.rows(selectDays), "2026-10-30 10 5 0.500000000", "2026-10-31 20 10 1.500000000")
	f.want("revenue", f.rows(selectRevenue),
		"2026-10-01 EUR stripe 10.000000000 0.590000000 9.410000000", "2026-10-01 JPY stripe 900.000000000 36.000000000 864.000000000",
		"2026-10-01 USD medium 2.000000000 0.000000000 2.000000000")
	f.want("freshness", f.rows(selectFresh),
		"aggregate_engagement monthly 2026-10-01 1 true", "boost_effect monthly 2026-10-01 1 true", "revenue monthly 2026-10-01 3 true", "story_days daily 2026-10-31 1 false", "story_months monthly 2026-10-01 1 true")

	f.want("restated with the same numbers", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(10, 5, "50"))))
	f.want("a transaction that is gone", f.settle(f.load("stripe", "stripe_balance_transactions", "2026-10",
		transaction("t1", "eur", "charge", 2000, 59))), "revenue 2026-10 succeeded")
	f.want("revenue", f.rows(selectRevenue),
		"2026-10-01 EUR stripe 20.000000000 0.590000000 19.410000000", "2026-10-01 USD medium 2.000000000 0.000000000 2.000000000")
	f.want("restated", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(11, 5, "50"))),
		"aggregate_engagement 2026-10 succeeded", "boost_effect 2026-10 succeeded", "revenue 2026-10 succeeded", "story_days 2026-10-30 succeeded", "story_months 2026-10 succeeded")

	bad := f.settle(f.load("medium", "medium_story_days", "2026-10-31", storyDay(-20, 10, "150")))
	if !slices.Contains(bad, "story_days 2026-10-31 audit_failed") || strings.Contains(strings.Join(bad, ","), "story_months") {
		t.Errorf("nobody has been viewed by -20 people, and there ran %v", bad)
	}
	f.want("story_days", f.rows(selectDays), "2026-10-30 11 5 0.500000000", "2026-10-31 20 10 1.500000000")

	last := f.load("medium", "medium_story_days", "2026-10-31", storyDay(21, 10, "150"))
	f.settle(last)
	f.close()
	f.open()
	f.want("opened again", f.settle(last))
	if err := f.c.Sweep(t.Context(), partition.MustParse("2026-10-30"), partition.MustParse("2026-10-31")); err != nil || len(f.ran) > 0 {
		t.Errorf("a sweep ran %v, %v", f.ran, err)
	}
	f.want("story_days", f.rows(selectDays), "2026-10-30 11 5 0.500000000", "2026-10-31 21 10 1.500000000")
}
