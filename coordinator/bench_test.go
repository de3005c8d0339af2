package coordinator

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse"
)

// benchDay is the newest day in the benchmarks; the real pipeline and the real models are called for it.
var benchDay = partition.MustParse("2026-11-21")

// instant is a warehouse whose jobs end immediately. It records when its first job was submitted.
type instant struct {
	warehouse.Driver
	first time.Time
}

func (w *instant) Dialect() manifest.Dialect                               { return manifest.BigQuery }
func (w *instant) EnsureTable(context.Context, warehouse.Definition) error { return nil }

func (w *instant) Submit(context.Context, warehouse.Job) error {
	if w.first.IsZero() {
		w.first = time.Now()
	}
	return nil
}

func (w *instant) Wait(_ context.Context, id string) (warehouse.Status, error) {
	return warehouse.Status{ID: id, Done: true, Ended: time.Now()}, nil
}

// Rows returns an audit without failures, for any model.
func (w *instant) Rows(context.Context, string, int) ([]map[string]any, error) {
	row := map[string]any{"row_count": int64(1)}
	for i := range 8 {
		row[fmt.Sprintf("digest_%d", i)] = int64(i)
	}
	for i := range 100 {
		row[fmt.Sprintf("failures_%d", i)] = int64(0)
	}
	return []map[string]any{row}, nil
}

// discard discards events.
type discard struct{}

func (discard) Publish(context.Context, event.Event) error                  { return nil }
func (discard) PublishRaw(context.Context, []byte, map[string]string) error { return nil }

func benchCoordinator(b *testing.B, store ledger.Store, w warehouse.Driver) *Coordinator {
	b.Helper()
	p, err := pipeline.Parse(PipelineYAML)
	if err != nil {
		b.Fatal(err)
	}
	c, err := New(DefaultLimits(), Deps{
		Pipeline: p.WithStart(benchDay.Add(-20_000)), Manifest: models.Load(manifest.DuckDB), Store: store, Warehouse: w, Events: discard{},
		DeadLetters: discard{}, Now: func() time.Time { return benchDay.End().Add(7 * time.Hour) }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// loaded returns an event of all of a source's tables; version makes their contents differ.
func loaded(c *Coordinator, source string, p partition.Partition, version int) event.Event {
	e := event.Event{Version: event.Version, Type: event.Loaded, Source: source, Partition: p, LoadID: fmt.Sprintf("load-%d", version)}
	for _, table := range c.Pipeline.Sources[source].SortedTables() {
		var d digest.Digest
		d.Add(fmt.Appendf(nil, "%s %s %d", table, p, version))
		e.Tables = append(e.Tables, event.Table{Table: table, Rows: 1, Digest: d.Sum(),
			LoadedAt: p.End().Add(6*time.Hour + time.Duration(version)*time.Millisecond)})
	}
	return e
}

// fillHistory fills a ledger with days of history up to the newest: the arrivals of every daily source, and
// for every daily model its arrival and the two records of its run.
func fillHistory(b *testing.B, c *Coordinator, days int) {
	b.Helper()
	ctx := b.Context()
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	for p := range partition.Range(benchDay.Add(1-days), benchDay) {
		for _, s := range c.Pipeline.SortedSources() {
			if s.Cadence == partition.Daily {
				check(c.ledger.RecordArrivals(ctx, loaded(c, s.Name, p, 0), p.End()))
			}
		}
		for _, m := range c.Manifest.Models {
			if m.Grain != partition.Daily || p == benchDay {
				continue
			}
			run := ledger.Run{State: ledger.Started, Model: m.Name, Partition: p, Fingerprint: fmt.Sprintf("%064d", 0), Attempt: 1}
			_, err := c.ledger.Append(ctx, ledger.LogOf(m, p), 1, run)
			check(err)
			run.State = ledger.Succeeded
			_, err = c.ledger.Append(ctx, ledger.LogOf(m, p), 2, run)
			check(err)
			check(c.ledger.RecordArrivals(ctx, event.Event{Version: event.Version, Type: event.Materialized, Source: m.Name,
				Partition: p, LoadID: "a", Tables: []event.Table{{Table: m.TableName(), LoadedAt: p.End()}}}, p.End()))
		}
	}
}

// BenchmarkDecision measures an event that changes nothing, with little and with much history: the
// duplicate of a Kit event of the newest day. Google's own storage client talks to a server on loopback
// whose listings cost as much as they list, as in Cloud Storage. The two histories take turns, so that
// other load on the machine affects both; their medians are compared.
func BenchmarkDecision(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // the history is in this process: garbage collection of it is not part of a decision
	days := []int{10, 10_000}
	var stores []*coordtest.Store
	var coordinators []*Coordinator
	took := make([][]time.Duration, len(days))
	for i, n := range days {
		stores = append(stores, &coordtest.Store{})
		fillHistory(b, benchCoordinator(b, stores[i], &instant{}), n)
		c := benchCoordinator(b, ledger.NewBucket(stores[i].Client(b), "ledger"), &instant{})
		if err := c.Handle(b.Context(), loaded(c, "kit", benchDay, 0)); err != nil { // runs what can run
			b.Fatal(err)
		}
		coordinators = append(coordinators, c)
		stores[i].Calls()
	}
	e := loaded(coordinators[0], "kit", benchDay, 0)
	for b.Loop() {
		for i, c := range coordinators {
			begun := time.Now()
			if err := c.Handle(b.Context(), e); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(begun))
		}
	}
	for i, n := range days {
		slices.Sort(took[i])
		b.ReportMetric(float64(median(took[i]).Microseconds()), fmt.Sprintf("µs-with-%d-days", n))
		calls := stores[i].Calls()
		b.ReportMetric(float64(calls.Create+calls.List+calls.Read)/float64(len(took[i])), fmt.Sprintf("calls-with-%d-days", n))
	}
	b.ReportMetric(float64(median(took[1]))/float64(median(took[0])), "ratio")
}

func median(sorted []time.Duration) time.Duration { return sorted[len(sorted)/2] }

// BenchmarkEventToFirstQuery measures the time from a push's first byte to the submission of the first
// query job, with Google's own storage client and a server on loopback. Each round is the next day of Kit.
func BenchmarkEventToFirstQuery(b *testing.B) {
	w := &instant{}
	c := benchCoordinator(b, ledger.NewBucket((&coordtest.Store{}).Client(b), "ledger"), w)
	var took []time.Duration
	for b.Loop() {
		w.first = time.Time{}
		data, err := loaded(c, "kit", benchDay.Add(len(took)-10_000), 0).Encode()
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if code := push(c, data); code != 204 {
			b.Fatalf("answer %d", code)
		}
		took = append(took, w.first.Sub(start))
	}
	slices.Sort(took)
	for _, q := range []int{50, 99} {
		b.ReportMetric(float64(took[(len(took)-1)*q/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", q))
	}
}
