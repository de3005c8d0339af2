// Package warehousetest checks that a warehouse.Driver keeps the contract of package warehouse. Each driver
// calls Run:
//
//	func TestConformance(t *testing.T) { warehousetest.Run(t, open) }
package warehousetest

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// Bucket holds objects in memory, for a driver that loads them. The zero value is empty.
type Bucket struct {
	// Upload, if set, stores an object where the driver can read it, and returns its address.
	Upload  func(name string, data []byte) (uri string)
	objects sync.Map
}

// Put stores an object and returns its gs:// address.
func (b *Bucket) Put(name string, data []byte) (uri string) {
	if b.Upload != nil {
		return b.Upload(name, data)
	}
	uri = "gs://staging/" + name
	b.objects.Store(uri, data)
	return uri
}

// Open opens an object for reading. If there is none, the error wraps fs.ErrNotExist.
func (b *Bucket) Open(_ context.Context, uri string) (io.ReadCloser, error) {
	data, ok := b.objects.Load(uri)
	if !ok {
		return nil, fmt.Errorf("object %s: %w", uri, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data.([]byte))), nil
}

// Run checks the whole contract. Each case is a subtest with a new, empty warehouse that open connects to, and
// a bucket that the warehouse loads from. open closes what it opens with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T, objects *Bucket) warehouse.Driver) {
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
					objects := &Bucket{}
					c.run(&suite{T: t, ctx: ctx, objects: objects, Driver: open(t, objects)})
				})
			}
		})
	}
}

// testCase checks one part of the contract, which its name states.
type testCase struct {
	name string
	run  func(*suite)
}

// suite is the state of one running case, and its helpers.
type suite struct {
	*testing.T
	Driver  warehouse.Driver
	objects *Bucket
	ctx     context.Context
	count   int
}

// The partitions that most cases use.
var (
	day   = partition.MustParse("2026-11-21")
	month = partition.MustParse("2026-11")
)

func table(name string) warehouse.Table { return warehouse.Table{Dataset: "raw", Name: name} }

// visits defines a small daily table.
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

// nullable is visits as a query creates it: all columns may be null.
func nullable(name string) warehouse.Definition {
	def := visits()
	def.Table = table(name)
	for i := range def.Schema {
		def.Schema[i].Mode = schema.Nullable
	}
	return def
}

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

// put uploads rows as one object.
func (s *suite) put(def warehouse.Definition, rows ...schema.Row) (uri string) {
	s.Helper()
	var lines []byte
	for _, row := range rows {
		var err error
		if lines, err = def.Schema.Append(lines, row); err != nil {
			s.Fatal(err)
		}
	}
	return s.upload(s.gzip(lines))
}

func (s *suite) upload(data []byte) (uri string) {
	return s.objects.Put(s.id("rows")+".ndjson.gz", data)
}

func (s *suite) gzip(lines []byte) []byte {
	s.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(lines); err != nil {
		s.Fatal(err)
	}
	if err := w.Close(); err != nil {
		s.Fatal(err)
	}
	return buf.Bytes()
}

// loading returns a load job; load also runs it, and must succeed.
func (s *suite) loading(def warehouse.Definition, p partition.Partition, uris ...string) warehouse.Job {
	return warehouse.Job{ID: s.id("load"), Load: &warehouse.Load{
		URIs: uris, Destination: def.Table, Schema: def.Schema, Partition: p,
	}}
}

func (s *suite) load(def warehouse.Definition, p partition.Partition, rows ...schema.Row) warehouse.Status {
	s.Helper()
	return s.succeeds(s.loading(def, p, s.put(def, rows...)))
}

// statement returns a query job. "@name" is translated to the dialect.
func (s *suite) statement(text string) warehouse.Job {
	if s.Driver.Dialect() == manifest.DuckDB {
		text = strings.ReplaceAll(text, "@", "$")
	}
	return warehouse.Job{ID: s.id("query"), Query: &warehouse.Query{SQL: text}}
}

// selecting returns a query job with the parameters of a model for partition p, and a destination, which may be
// nil.
func (s *suite) selecting(text string, p partition.Partition, destination *warehouse.Definition) warehouse.Job {
	job := s.statement(text)
	job.Query.Params, job.Query.Destination = params(p), destination
	return job
}

// params returns the parameters that every model gets.
func params(p partition.Partition) map[string]partition.Partition {
	return map[string]partition.Partition{"partition_date": p, "partition_end": p.Add(1)}
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

// fails runs a job that must fail permanently or be refused, and returns its error.
func (s *suite) fails(job warehouse.Job) *warehouse.JobError {
	s.Helper()
	status, err := warehouse.Run(s.ctx, s.Driver, job)
	var failure *warehouse.JobError
	if !errors.As(err, &failure) {
		s.Fatalf("job %s: want a *JobError, got %v", job.ID, err)
	}
	if failure.Transient {
		s.Errorf("job %s: the error is transient, but the same job would fail again: %v", job.ID, err)
	}
	if failure.ID != job.ID || failure.Reason == "" || failure.Message == "" {
		s.Errorf("job %s: the error is incomplete: %+v", job.ID, failure)
	}
	if _, err := s.Driver.Wait(s.ctx, job.ID); !status.Done && !errors.Is(err, warehouse.ErrNotFound) {
		s.Errorf("job %s was refused, but its id is taken: %v", job.ID, err)
	}
	return failure
}

func (s *suite) rows(text string) []map[string]any {
	s.Helper()
	return s.results(s.statement(text))
}

func (s *suite) results(job warehouse.Job) []map[string]any {
	s.Helper()
	s.succeeds(job)
	rows, err := s.Driver.Rows(s.ctx, job.ID, 1000)
	if err != nil {
		s.Fatalf("rows of %s: %v", job.Query.SQL, err)
	}
	return rows
}

func (s *suite) equal(want, got []map[string]any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("rows (-want +got):\n%s", diff)
	}
}

// holds compares all rows of a table like visits, in order, written as "2026-11-21 home 3".
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

// numbers returns a table expression with the numbers 1 to n in one column.
func (s *suite) numbers(column string, n int) string {
	if s.Driver.Dialect() == manifest.DuckDB {
		return fmt.Sprintf("(SELECT unnest(generate_series(1, %d)) AS %s)", n, column)
	}
	return fmt.Sprintf("UNNEST(GENERATE_ARRAY(1, %d)) AS %s", n, column)
}
