// Package bigquerytest is BigQuery's REST API in the process, as far as Rollcall calls it: jobs.insert, jobs.get,
// jobs.getQueryResults, tables.get, tables.insert and tables.patch, as they stand in
// https://cloud.google.com/bigquery/docs/reference/rest/v2. A DuckDB file holds the rows and runs the statements.
//
// It is there to refuse what BigQuery refuses: fields that the reference does not have, decorators that do not fit a table,
// rows outside of the partition that they are loaded into, an id that is taken, another location, labels and names of
// other letters, loads without schema, tables made by mistake, copies between tables that differ in columns, partitioning
// or clustering, changes to a table that has been changed meanwhile, statements that change one table at once, and queries
// that read more than they may. What it does not know it refuses too, with status 501.
//
// It speaks plain HTTP and asks for no credentials. What it knows beside the rows (jobs, descriptions, partitioning) lives
// as long as it does.
package bigquerytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// Options say what the fake is.
type Options struct {
	Project  string
	Location string
	Datasets []string // that there are; no other can be made
	Path     string   // of the DuckDB file
	// Open reads a gs:// object for load jobs; for one that is not there its error wraps fs.ErrNotExist.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	// Translate gives the DuckDB statement that means the same as a GoogleSQL statement. Its parameters are $name.
	Translate func(googleSQL string) (string, error)
	// Now is the clock, time.Now when nil. No two jobs end in the same millisecond, whatever it says.
	Now func() time.Time
	// Fault, when it is set, may make a call fail.
	Fault func(Call) Fault
	// Called, when it is set, is told of each call before anything is done, one at a time.
	Called func(Call)
	// Begin, when it is set, is called with a job's id before the job is done, and may take its time.
	Begin func(id string)
}

// Call is one request.
type Call struct {
	Method string
	Path   string // without /bigquery/v2/
	Query  string
	Body   []byte // of an upload: its JSON part
}

// Fault is what goes wrong with a call; the zero Fault is nothing.
type Fault struct {
	Status int  // answer with this status, and do nothing
	Lost   bool // do what is asked, and break the connection
}

// Server is the fake; it is an http.Handler.
type Server struct {
	Options
	rows   *duckdb.Driver
	mux    *http.ServeMux
	ctx    context.Context
	cancel context.CancelFunc
	busy   sync.WaitGroup
	turn   sync.Mutex // held by what changes tables or rows

	mu     sync.Mutex
	jobs   map[string]*job
	tables map[warehouse.Table]*bq.Table
	count  int
	last   int64 // when the newest job ended, in milliseconds

	calling sync.Mutex // while Called runs
}

// New makes the file, or opens it.
func New(ctx context.Context, o Options) (*Server, error) {
	rows, err := duckdb.Open(ctx, duckdb.Options{Path: o.Path, Open: o.Open, MemoryLimit: "200MB"})
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{Options: o, rows: rows, mux: http.NewServeMux(), jobs: map[string]*job{}, tables: map[warehouse.Table]*bq.Table{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	const base = "/bigquery/v2/projects/{project}/"
	for pattern, h := range map[string]func(*http.Request, []byte) (any, error){
		"POST " + base + "jobs":                               s.insertJob,
		"POST /upload" + base + "jobs":                        s.insertJob,
		"GET " + base + "jobs/{job}":                          s.getJob,
		"GET " + base + "queries/{job}":                       s.getQueryResults,
		"GET " + base + "datasets/{dataset}/tables/{table}":   s.getTable,
		"POST " + base + "datasets/{dataset}/tables":          s.insertTable,
		"PATCH " + base + "datasets/{dataset}/tables/{table}": s.patchTable,
	} {
		s.mux.HandleFunc(pattern, s.handler(h))
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, fail(http.StatusNotImplemented, "notImplemented", "%s %s is no part of this fake", r.Method, r.URL.Path))
	})
	return s, nil
}

// Close waits for the jobs under way, and closes the file.
func (s *Server) Close() error {
	s.cancel()
	s.busy.Wait()
	return s.rows.Close()
}

// Rows are the DuckDB file, to look at.
func (s *Server) Rows() *duckdb.Driver { return s.rows }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// maxBody bounds a request: a statement has at most 1 MB.
const maxBody = 4 << 20

// handler does what all calls have in common: the body, the project, faults.
func (s *Server) handler(h func(*http.Request, []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := bodyOf(r)
		if err != nil {
			refuse(w, fail(http.StatusBadRequest, "badRequest", "%v", err))
			return
		}
		call := callOf(r, body)
		if s.Called != nil {
			s.calling.Lock()
			s.Called(call)
			s.calling.Unlock()
		}
		var fault Fault
		if s.Fault != nil {
			fault = s.Fault(call)
		}
		if fault.Status != 0 {
			refuse(w, faults[fault.Status])
			return
		}
		answer := httptest.NewRecorder()
		if r.PathValue("project") != s.Project {
			err = fail(http.StatusNotFound, "notFound", "Not found: Project %s", r.PathValue("project"))
		}
		var v any
		if err == nil {
			v, err = h(r, body)
		}
		reply(answer, v, err)
		if fault.Lost {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // whoever has gone misses it
	}
}

func reply(w http.ResponseWriter, v any, err error) {
	if err == nil {
		var text []byte
		if text, err = json.Marshal(told(v)); err == nil {
			_, _ = w.Write(text)
			return
		}
	}
	refuse(w, err)
}

// strict reads a body into a resource of the API, and refuses what the resource does not have.
func strict(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fail(http.StatusBadRequest, "invalid", "Invalid JSON payload received: %v", err)
	}
	return nil
}

// now is the clock in milliseconds, later than the end of any job; mu is held.
func (s *Server) now() int64 { return max(s.Now().UnixMilli(), s.last+1) }

func (s *Server) id(what string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return fmt.Sprintf("%s-%d", what, s.count)
}
