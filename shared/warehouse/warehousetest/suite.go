// Package warehousetest is what every warehouse.Driver must do, as tests.
//
// A driver passes by calling Run from a test of its own:
//
//	func TestConformance(t *testing.T) { warehousetest.Run(t, open) }
package warehousetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// Harness is an empty warehouse under test.
type Harness struct {
	Driver warehouse.Driver
	// Put keeps an object from which Driver can load, and gives its address.
	Put func(t *testing.T, name string, data []byte) (uri string)
}

// Run checks every promise of the package warehouse, each as a subtest with a warehouse of its own. Open registers
// with t.Cleanup whatever has to be closed.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	groups := []struct {
		name  string
		cases []testCase
	}{
		{"table", tableCases}, {"load", loadCases}, {"query", queryCases}, {"copy", copyCases}, {"job", jobCases},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, c := range g.cases {
				t.Run(c.name, func(t *testing.T) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					c.run(&suite{T: t, ctx: ctx, Harness: open(t)})
				})
			}
		})
	}
}

// testCase is one promise; its name is the promise.
type testCase struct {
	name string
	run  func(*suite)
}

// suite is one case under way.
type suite struct {
	*testing.T
	Harness
	ctx   context.Context
	count int
}

// day and month are the partitions that most cases use.
var (
	day   = partition.MustParse("2026-11-21")
	month = partition.MustParse("2026-11")
)

// table names a table of the dataset that cases work in.
func table(name string) warehouse.Table { return warehouse.Table{Dataset: "raw", Name: name} }

// visits is a small daily table.
func visits() warehouse.Definition {
	return warehouse.Definition{
		Table:       table("visits"),
		Description: "Visits of a page on a day.",
		PartitionBy: "day",
		Grain:       partition.Daily,
		ClusterBy:   []string{"page"},
		Schema: schema.Schema{
			{Name: "day", Type: schema.Date, Mode: schema.Required, Description: "The partition."},
			{Name: "page", Type: schema.String, Mode: schema.Required, Description: "Which page."},
			{Name: "visits", Type: schema.Int64, Mode: schema.Nullable, Description: "How many."},
		},
	}
}

// nullable is visits as the result of a query, whose columns may all be null.
func nullable(name string) warehouse.Definition {
	def := visits()
	def.Table = table(name)
	for i := range def.Schema {
		def.Schema[i].Mode = schema.Nullable
	}
	return def
}

// visit is a row of visits.
func visit(on, page string, n int) schema.Row {
	return schema.Row{"day": partition.MustParse(on), "page": page, "visits": n}
}

func (s *suite) id(step string) string {
	s.count++
	return fmt.Sprintf("%s_%d", step, s.count)
}

func (s *suite) ensure(defs ...warehouse.Definition) {
	s.Helper()
	for _, def := range defs {
		if err := s.Driver.EnsureTable(s.ctx, def); err != nil {
			s.Fatalf("ensure %s: %v", def.Table, err)
		}
	}
}

// put stages rows as one object.
func (s *suite) put(def warehouse.Definition, rows ...schema.Row) (uri string) {
	s.Helper()
	var lines []byte
	for _, row := range rows {
		var err error
		if lines, err = def.Schema.Append(lines, row); err != nil {
			s.Fatal(err)
		}
	}
	return s.putLines(string(lines))
}

func (s *suite) putLines(lines string) (uri string) {
	s.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write([]byte(lines)); err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return s.Put(s.T, s.id("rows")+".ndjson.gz", buf.Bytes())
}

// loading is a load job of objects.
func (s *suite) loading(def warehouse.Definition, p partition.Partition, uris ...string) warehouse.Job {
	return warehouse.Job{ID: s.id("load"), Load: &warehouse.Load{
		URIs: uris, Destination: def.Table, Schema: def.Schema, Partition: p,
	}}
}

// load loads rows, and must succeed.
func (s *suite) load(def warehouse.Definition, p partition.Partition, rows ...schema.Row) warehouse.Status {
	s.Helper()
	return s.succeeds(s.loading(def, p, s.put(def, rows...)))
}

// statement is a query job; "@name" is written as the dialect has it.
func (s *suite) statement(text string) warehouse.Job {
	if s.Driver.Dialect() == manifest.DuckDB {
		text = strings.ReplaceAll(text, "@", "$")
	}
	return warehouse.Job{ID: s.id("query"), Query: &warehouse.Query{SQL: text}}
}

func (s *suite) copying(from, to warehouse.Table, p partition.Partition) warehouse.Job {
	return warehouse.Job{ID: s.id("copy"), Copy: &warehouse.Copy{Source: from, Destination: to, Partition: p}}
}

func (s *suite) succeeds(job warehouse.Job) warehouse.Status {
	s.Helper()
	status, err := warehouse.Run(s.ctx, s.Driver, job)
	if err != nil {
		s.Fatalf("job %s: %v", job.ID, err)
	}
	return status
}

// fails runs a job that must fail for good, or be refused, and gives its error.
func (s *suite) fails(job warehouse.Job) *warehouse.JobError {
	s.Helper()
	status, err := warehouse.Run(s.ctx, s.Driver, job)
	var failure *warehouse.JobError
	if !errors.As(err, &failure) {
		s.Fatalf("job %s: want a *JobError, got %v", job.ID, err)
	}
	if failure.Transient {
		s.Errorf("job %s: the error is transient, though the same job would fail again: %v", job.ID, err)
	}
	if failure.ID != job.ID || failure.Reason == "" || failure.Message == "" {
		s.Errorf("job %s: the error lacks something: %+v", job.ID, failure)
	}
	if _, err := s.Driver.Wait(s.ctx, job.ID); !status.Done && !errors.Is(err, warehouse.ErrNotFound) {
		s.Errorf("job %s was refused, and its id is taken: %v", job.ID, err)
	}
	return failure
}

// rows are what a SELECT gives.
func (s *suite) rows(text string) []map[string]any {
	s.Helper()
	job := s.statement(text)
	s.succeeds(job)
	rows, err := s.Driver.Rows(s.ctx, job.ID, 1000)
	if err != nil {
		s.Fatalf("rows of %s: %v", text, err)
	}
	return rows
}

// holds compares a table of the form of visits with lines "2026-11-21 home 3", in order.
func (s *suite) holds(t warehouse.Table, want ...string) {
	s.Helper()
	got := []string{}
	for _, r := range s.rows("SELECT day, page, visits FROM " + t.String() + " ORDER BY day, page, visits") {
		got = append(got, fmt.Sprintf("%s %v %v", r["day"].(time.Time).Format(time.DateOnly), r["page"], r["visits"]))
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", t, diff)
	}
}

// numbers is a table expression of the whole numbers from 1 to n, in a column.
func (s *suite) numbers(column string, n int) string {
	if s.Driver.Dialect() == manifest.DuckDB {
		return fmt.Sprintf("(SELECT unnest(generate_series(1, %d)) AS %s)", n, column)
	}
	return fmt.Sprintf("UNNEST(GENERATE_ARRAY(1, %d)) AS %s", n, column)
}

// putCut stages lines as an object that ends in the middle of its compressed data.
func (s *suite) putCut(lines []byte) (uri string) {
	s.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(lines); err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return s.Put(s.T, s.id("cut")+".ndjson.gz", buf.Bytes()[:buf.Len()/2])
}
