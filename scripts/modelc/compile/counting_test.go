package compile

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// counting is a model whose author has forgotten that the table holds other days too.
const counting = `/*
description: Sales of a day.
grain: daily
materialized: incremental
partition_by: day
unique_key: [day]
columns:
  - {name: day, description: The day.}
  - {name: sales, description: How many.}
*/
SELECT @partition_date AS day, COUNT(*) AS sales FROM raw.till_sales
`

// Each day of a model without a WHERE counts its own rows, and a restated day is the only one that runs again. Where
// earlier statements read all days, the next sweep makes every day again, once.
func TestAModelWithoutAWhereCountsItsOwnDay(t *testing.T) {
	shop := newCountingShop(t)
	shop.open(counting)
	for day, sales := range map[string]int{"2026-11-19": 2, "2026-11-20": 3, "2026-11-21": 5} {
		shop.load(day, sales)
	}
	want := "2026-11-19: 2, 2026-11-20: 3, 2026-11-21: 5"
	shop.expect("after the loads", want, "2026-11-19", "2026-11-20", "2026-11-21")
	shop.load("2026-11-20", 4)
	want = strings.Replace(want, ": 3", ": 4", 1)
	shop.expect("after 20 November was restated", want, "2026-11-20")

	shop.open(counting)
	for _, model := range shop.manifest.Models {
		s := model.SQL[manifest.DuckDB]
		s.Stage = "SELECT $partition_date::DATE AS day, COUNT(*) AS sales FROM raw.till_sales"
		model.SQL[manifest.DuckDB], model.SQLHash = s, "of the statement without a restriction"
	}
	shop.sweep()
	shop.expect("with a statement that reads all days", "2026-11-19: 11, 2026-11-20: 11, 2026-11-21: 11",
		"2026-11-19", "2026-11-20", "2026-11-21")
	shop.open(counting)
	shop.sweep()
	shop.expect("after the upgrade", want, "2026-11-19", "2026-11-20", "2026-11-21")
	shop.sweep()
	shop.expect("with nothing changed", want)
}

// countingShop is the test project with a coordinator over a DuckDB.
type countingShop struct {
	t         *testing.T
	tables    []googlesql.Table
	store     *coordtest.Store
	warehouse *duckdb.Driver
	objects   map[string][]byte
	manifest  *manifest.Manifest
	c         *coordinator.Coordinator
	ran       []string     // partitions, since they were last looked at
	seconds   atomic.Int64 // since the morning of 22 November, one at each look at the clock
}

func (s *countingShop) now() time.Time {
	return time.Date(2026, 11, 22, 8, 0, int(s.seconds.Add(1)), 0, time.UTC)
}

func newCountingShop(t *testing.T) *countingShop {
	t.Helper()
	s := &countingShop{t: t, store: &coordtest.Store{}, objects: map[string][]byte{}}
	var err error
	s.warehouse, err = duckdb.Open(t.Context(), duckdb.Options{
		Path: filepath.Join(t.TempDir(), "warehouse.duckdb"),
		Open: func(_ context.Context, uri string) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(s.objects[uri])), nil
		},
		Now: s.now,
	})
	s.check(err)
	t.Cleanup(func() { s.check(s.warehouse.Close()) })
	return s
}

func (s *countingShop) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// open starts a coordinator with one model.
func (s *countingShop) open(model string) {
	s.t.Helper()
	shop := project(s.t, map[string]string{"counting.sql": model})
	compiled, err := Project(shop)
	s.check(err)
	text, err := Encode(compiled)
	s.check(err)
	s.manifest, err = manifest.Parse(text, manifest.DuckDB)
	s.check(err)
	s.tables, err = RawTables(shop)
	s.check(err)
	declared, err := pipeline.Parse(shop[PipelineFile].Data)
	s.check(err)
	s.c, err = coordinator.New(coordinator.DefaultLimits(), coordinator.Deps{
		Pipeline: declared.WithStart(partition.MustParse("2026-11-19")), Manifest: s.manifest, Store: s.store,
		Warehouse: s.warehouse, Events: s, DeadLetters: s, Exclusive: true, Log: slog.New(slog.DiscardHandler),
		Now: s.now,
		OnRunEnd: func(end ledger.Run, _ time.Duration) {
			s.ran = append(s.ran, end.Partition.String())
		},
	})
	s.check(err)
}

func (s *countingShop) Publish(ctx context.Context, e event.Event) error { return s.c.Handle(ctx, e) }

func (s *countingShop) PublishRaw(_ context.Context, _ []byte, attributes map[string]string) error {
	return fmt.Errorf("dead letter: %s", attributes["reason"])
}

// load loads a day with some sales, and delivers the event.
func (s *countingShop) load(day string, sales int) {
	s.t.Helper()
	p := partition.MustParse(day)
	i := slices.IndexFunc(s.tables, func(t googlesql.Table) bool { return t.Name == "raw.till_sales" })
	def := warehouse.Definition{Table: warehouse.Table{Dataset: "raw", Name: "till_sales"}, Schema: s.tables[i].Schema,
		PartitionBy: s.tables[i].PartitionBy, Grain: partition.Daily}
	s.check(s.warehouse.EnsureTable(s.t.Context(), def))
	var d digest.Digest
	var object bytes.Buffer
	zip := gzip.NewWriter(&object)
	for n := range sales {
		line, err := def.Schema.Append(nil, schema.Row{
			"day": p, "sale_id": fmt.Sprint(n), "item": "tea", "pieces": int64(1), "sold_at": p.Start(), "tags": []string{},
		})
		s.check(err)
		d.Add(line)
		_, err = zip.Write(line)
		s.check(err)
	}
	s.check(zip.Close())
	id := fmt.Sprintf("load_%s_%d", day, sales)
	s.objects["gs://staging/"+id] = object.Bytes()
	status, err := warehouse.Run(s.t.Context(), s.warehouse, warehouse.Job{ID: id,
		Load: &warehouse.Load{Destination: def.Table, Schema: def.Schema, Partition: p, URIs: []string{"gs://staging/" + id}}})
	s.check(err)
	s.check(s.c.Handle(s.t.Context(), event.Event{Version: event.Version, Type: event.Loaded, Source: "till", Partition: p, LoadID: id,
		Tables: []event.Table{{Table: def.Table.String(), Rows: d.Rows(), Digest: d.Sum(), LoadedAt: status.Ended}}}))
}

func (s *countingShop) sweep() {
	s.t.Helper()
	s.check(s.c.Sweep(s.t.Context(), partition.MustParse("2026-11-19"), partition.MustParse("2026-11-21")))
}

// expect compares what the model's table holds, and the partitions that ran since the last call.
func (s *countingShop) expect(when, want string, ran ...string) {
	s.t.Helper()
	rows, err := s.warehouse.Query(s.t.Context(), "SELECT strftime(day, '%Y-%m-%d') || ': ' || sales AS line FROM mart.counting ORDER BY day", nil, 10)
	s.check(err)
	var lines []string
	for _, row := range rows {
		lines = append(lines, row["line"].(string))
	}
	if got := strings.Join(lines, ", "); got != want {
		s.t.Errorf("%s the table holds %s, not %s", when, got, want)
	}
	slices.Sort(s.ran)
	if diff := cmp.Diff(ran, s.ran); diff != "" {
		s.t.Errorf("%s (-want +ran):\n%s", when, diff)
	}
	s.ran = nil
}
