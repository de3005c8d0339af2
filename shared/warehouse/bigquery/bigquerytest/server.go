// Package bigquerytest provides a fake of BigQuery's REST API for tests: jobs.insert, jobs.get,
// jobs.getQueryResults, tables.list, tables.get, tables.insert, tables.patch and tables.delete, as in
// https://cloud.google.com/bigquery/docs/reference/rest/v2. It is an HTTP handler without authentication. A
// DuckDB file holds the rows and runs the statements.
//
// Its purpose is to refuse what BigQuery refuses: unknown fields, decorators that do not fit the table, rows
// outside the partition, a job id that is taken, another location, invalid labels and names, loads without a
// schema or with another than the table's, implicit table creation, copies between tables with different
// columns, partitioning or clustering, changes with an outdated etag, concurrent DML on one table, and queries
// above their maximum of bytes. It answers 501 to everything that it does not implement.
//
// Jobs, descriptions and partitioning are held in memory.
package bigquerytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	bq "google.golang.org/api/bigquery/v2"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// Options configures a Server.
type Options struct {
	Project  string
	Location string
	Datasets []string // the existing datasets; none can be created
	Path     string   // of the DuckDB file
	// Open opens a gs:// object for load jobs. For a missing object its error must wrap fs.ErrNotExist.
	Open func(ctx context.Context, uri string) (io.ReadCloser, error)
	// Translate translates a statement from GoogleSQL to DuckDB, and its parameters from @name to $name.
	Translate func(googleSQL string) (string, error)
	// Now returns the time; time.Now if nil. End times of jobs strictly increase, in milliseconds, whatever it
	// returns.
	Now func() time.Time
	// TablePage bounds the tables on one page of a listing; 0: as many as are asked for.
	TablePage int
	// Fault, if set, can make a call fail.
	Fault func(Call) Fault
	// Called, if set, is called before each request is processed, one at a time.
	Called func(Call)
	// Begin, if set, is called with a job's id before the job runs. It may block.
	Begin func(id string)
}

// Call is one request.
type Call struct {
	Method string
	Path   string // without /bigquery/v2/
	Query  string
	Body   []byte // of an upload: its JSON part
}

// Fault is an error of one call. The zero Fault is none.
type Fault struct {
	Status int  // answer with this status, without processing the request
	Lost   bool // process the request, and close the connection without an answer
}

// Server is the fake. It is an http.Handler.
type Server struct {
	Options
	rows    *duckdb.Driver
	planner *planner
	mux     *http.ServeMux
	ctx     context.Context
	cancel  context.CancelFunc
	busy    sync.WaitGroup
	change  sync.Mutex // held while tables or rows are changed

	mu     sync.Mutex
	jobs   map[string]*job
	tables map[warehouse.Table]*bq.Table
	count  int
	last   int64 // end of the newest job, in milliseconds

	calling sync.Mutex // while Called runs
}

// New opens the DuckDB file, or creates it.
func New(ctx context.Context, o Options) (*Server, error) {
	rows, err := duckdb.Open(ctx, duckdb.Options{Path: o.Path, Open: o.Open, MemoryLimit: "200MB"})
	if err != nil {
		return nil, err
	}
	plans, err := newPlanner(ctx)
	if err != nil {
		return nil, errors.Join(err, rows.Close())
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{Options: o, rows: rows, planner: plans, mux: http.NewServeMux(), jobs: map[string]*job{},
		tables: map[warehouse.Table]*bq.Table{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	const base = "/bigquery/v2/projects/{project}/"
	for pattern, h := range map[string]func(*http.Request, []byte) (any, error){
		"POST " + base + "jobs":                                  s.insertJob,
		"POST /upload" + base + "jobs":                           s.insertJob,
		"GET " + base + "jobs/{job}":                             s.getJob,
		"GET " + base + "queries/{job}":                          s.getQueryResults,
		"GET " + base + "datasets/{dataset}/tables":              s.listTables,
		"GET " + base + "datasets/{dataset}/tables/{table}":      s.getTable,
		"GET " + base + "datasets/{dataset}/tables/{table}/data": s.listRows,
		"POST " + base + "datasets/{dataset}/tables":             s.insertTable,
		"PATCH " + base + "datasets/{dataset}/tables/{table}":    s.patchTable,
		"DELETE " + base + "datasets/{dataset}/tables/{table}":   s.deleteTable,
	} {
		s.mux.HandleFunc(pattern, s.handler(h))
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, fail(http.StatusNotImplemented, "notImplemented", "%s %s is not implemented by this fake", r.Method,
			r.URL.Path))
	})
	return s, nil
}

// Close waits for running jobs, and closes the file.
func (s *Server) Close() error {
	s.cancel()
	s.busy.Wait()
	return errors.Join(s.planner.db.Close(), s.rows.Close())
}

// Rows returns the DuckDB driver, to inspect the rows.
func (s *Server) Rows() *duckdb.Driver { return s.rows }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// maxBody bounds a request: a statement has at most 1 MB.
const maxBody = 4 << 20

// handler handles what all calls have in common: body, project, faults.
func (s *Server) handler(h func(*http.Request, []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := bodyOf(r)
		if err != nil {
			refuse(w, fail(http.StatusBadRequest, "badRequest", "%v", err))
			return
		}
		path := strings.TrimPrefix(strings.Replace(r.URL.Path, "/bigquery/v2/", "", 1), "/")
		call := Call{Method: r.Method, Path: path, Query: r.URL.RawQuery, Body: body}
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
		_, _ = w.Write(answer.Body.Bytes()) // the client may be gone
	}
}

func reply(w http.ResponseWriter, v any, err error) {
	if err == nil {
		var text []byte
		if text, err = json.Marshal(v); err == nil {
			_, _ = w.Write(text)
			return
		}
	}
	refuse(w, err)
}

// strict decodes a resource of the API, and refuses unknown fields.
func strict(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fail(http.StatusBadRequest, "invalid", "Invalid JSON payload received: %v", err)
	}
	return nil
}

// now returns the time in milliseconds, later than the end of every job. mu must be held.
func (s *Server) now() int64 { return max(s.Now().UnixMilli(), s.last+1) }

func (s *Server) id(what string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	return fmt.Sprintf("%s-%d", what, s.count)
}

// refusal is an error answer, in BigQuery's words.
type refusal struct {
	status          int
	reason, message string
}

func (r *refusal) Error() string { return r.message }

func fail(status int, reason, format string, args ...any) error {
	return &refusal{status, reason, fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return fail(http.StatusBadRequest, "invalid", format, args...)
}

func noTable(project string, t warehouse.Table) error {
	return fail(http.StatusNotFound, "notFound", "Not found: Table %s:%s", project, t)
}

// faults holds the answers for Fault.Status.
var faults = map[int]error{
	http.StatusTooManyRequests: &refusal{http.StatusTooManyRequests, "rateLimitExceeded",
		"Exceeded rate limits: too many api requests per user per method for this user_method"},
	http.StatusInternalServerError: &refusal{http.StatusInternalServerError, "internalError",
		"An internal error occurred and the request could not be completed"},
	http.StatusServiceUnavailable: &refusal{http.StatusServiceUnavailable, "backendError",
		"Error encountered during execution. Retrying may solve the problem."},
	http.StatusForbidden: &refusal{http.StatusForbidden, "rateLimitExceeded", "Exceeded rate limits"},
}

// refuse writes an error in the format of all Google APIs.
func refuse(w http.ResponseWriter, err error) {
	var r *refusal
	if !errors.As(err, &r) {
		r = &refusal{http.StatusInternalServerError, "internalError", err.Error()}
	}
	type item struct {
		Message string `json:"message"`
		Domain  string `json:"domain"`
		Reason  string `json:"reason"`
	}
	text, _ := json.Marshal(map[string]any{"error": map[string]any{ // cannot fail: strings and a number
		"code": r.status, "message": r.message, "errors": []item{{r.message, "global", r.reason}},
	}})
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(r.status)
	_, _ = w.Write(text)
}

// bodyOf returns a request's JSON: of a multipart upload, the first part. The second part, the data, must be
// empty.
func bodyOf(r *http.Request) ([]byte, error) {
	body := io.LimitReader(r.Body, maxBody)
	if !strings.HasPrefix(r.URL.Path, "/upload/") {
		return io.ReadAll(body)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/related" || r.URL.Query().Get("uploadType") != "multipart" {
		return nil, fmt.Errorf("an upload of type %q (%s) is not implemented by this fake", kind,
			r.URL.Query().Get("uploadType"))
	}
	parts := multipart.NewReader(body, params["boundary"])
	var texts [][]byte
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if len(texts) != 2 || len(texts[1]) != 0 {
		return nil, errors.New("an upload must have two parts, and the second must be empty")
	}
	return texts[0], nil
}

// legacyNames renames column types as in BigQuery's answers: it accepts both names of a type, and answers with the
// older one. https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema.FIELDS.type
func legacyNames(s *bq.TableSchema) {
	names := map[string]string{"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
	for _, f := range s.Fields {
		if name, ok := names[f.Type]; ok {
			f.Type = name
		}
	}
}
