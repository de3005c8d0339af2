// Package sourcetest runs a source in a test through the real frame: staging in an in-memory Cloud Storage, loading into
// tables in memory, and events into a list. What a test asks of it is what a user would see.
package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
)

const stagingBucket = "staging"

// Rig is one source with everything around it.
type Rig struct {
	Deps   source.Deps
	Client *storage.Client // of the Cloud Storage that holds the staging bucket

	tables *tables
	mu     sync.Mutex
	events []event.Event
	log    *lockedBuffer
	serve  http.Handler
}

// New makes a rig whose clock stands at now. Secrets are kept out of its log as they are in production. It starts no
// listener, and works inside a bubble of testing/synctest.
func New(tb testing.TB, now time.Time, secrets ...string) *Rig {
	tb.Helper()
	gcs, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true, Writer: io.Discard})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(gcs.Stop)
	gcs.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: stagingBucket})
	r := &Rig{Client: gcs.Client(), log: &lockedBuffer{}}
	clock := func() time.Time { return now }
	r.tables = &tables{client: r.Client, now: clock, rows: map[string][]string{}, jobs: map[string]warehouse.Status{}}
	r.Deps = source.Deps{
		Staging:   r.Client.Bucket(stagingBucket),
		Warehouse: r.tables,
		Publish:   r.publish,
		Now:       clock,
		Log:       cloudlog.New(r.log, slog.LevelDebug, secrets...),
		Pipeline:  "rollcall",
	}
	return r
}

// Run returns a rig that serves s, with its section of coordinator/pipeline.yaml.
func Run(tb testing.TB, s *source.Source, now time.Time) *Rig {
	tb.Helper()
	r := New(tb, now, s.Secrets...)
	r.Deps.Section = Section(tb, s.Name)
	r.ServeSource(tb, s)
	return r
}

// ServeSource makes Post ask s, which works with r.Deps as they are now.
func (r *Rig) ServeSource(tb testing.TB, s *source.Source) {
	tb.Helper()
	runner, err := source.NewRunner(s, r.Deps)
	if err != nil {
		tb.Fatal(err)
	}
	r.Serve(runner.Handler())
}

// Serve makes Post ask h.
func (r *Rig) Serve(h http.Handler) { r.serve = h }

func (r *Rig) publish(_ context.Context, e event.Event) error {
	if err := e.Validate(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	return nil
}

// Post sends a body to the function and gives its answer.
func (r *Rig) Post(body string) (status int, answer string) {
	rec := httptest.NewRecorder()
	r.serve.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)))
	return rec.Code, rec.Body.String()
}

// Load posts a body and fails the test unless it is answered 200.
func (r *Rig) Load(tb testing.TB, body string) {
	tb.Helper()
	if status, answer := r.Post(body); status != http.StatusOK {
		tb.Fatalf("POST %s: %d %s", body, status, answer)
	}
}

// Rows are a table's rows for a partition, sorted, one line of JSON each; nil when nothing was ever loaded there.
func (r *Rig) Rows(table, partition string) []string {
	r.tables.mu.Lock()
	defer r.tables.mu.Unlock()
	rows := slices.Clone(r.tables.rows["raw."+table+"$"+partition])
	slices.Sort(rows)
	return rows
}

// Loads is the number of load jobs so far.
func (r *Rig) Loads() int {
	r.tables.mu.Lock()
	defer r.tables.mu.Unlock()
	return len(r.tables.jobs)
}

// Events are those published so far.
func (r *Rig) Events() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Log is what was logged so far.
func (r *Rig) Log() string { return r.log.String() }

// Untouched fails the test when something was loaded or published.
func (r *Rig) Untouched(tb testing.TB) {
	tb.Helper()
	if n := r.Loads(); n != 0 {
		tb.Errorf("%d load jobs ran, though the extraction failed", n)
	}
	if events := r.Events(); len(events) != 0 {
		tb.Errorf("published %v, though the extraction failed", events)
	}
}

// NoSecrets fails the test when one of the secrets stands in the answer, the log, an event or a loaded row.
func (r *Rig) NoSecrets(tb testing.TB, answer string, secrets ...string) {
	tb.Helper()
	places := map[string]string{"answer": answer, "log": r.Log()}
	for _, e := range r.Events() {
		data, err := e.Encode()
		if err != nil {
			tb.Fatal(err)
		}
		places["event"] += string(data)
	}
	r.tables.mu.Lock()
	for _, rows := range r.tables.rows {
		places["tables"] += strings.Join(rows, "\n")
	}
	r.tables.mu.Unlock()
	for _, secret := range secrets {
		for place, text := range places {
			if strings.Contains(text, secret) {
				tb.Errorf("a secret stands in the %s:\n%s", place, text)
			}
		}
	}
}

// Golden compares got with a file of testdata; with ROLLCALL_UPDATE=1 in the environment it writes the file instead.
func Golden(tb testing.TB, name, got string) {
	tb.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("ROLLCALL_UPDATE") == "1" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if got != string(want) {
		tb.Errorf("differs from %s (ROLLCALL_UPDATE=1 rewrites it):\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

// Setting returns what Terraform sets as PIPELINE_SOURCE of a source: its section of coordinator/pipeline.yaml, as JSON.
func Setting(tb testing.TB, name string) string {
	tb.Helper()
	root := "."
	for _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil; _, err = os.Stat(filepath.Join(root, "go.mod")) {
		root = filepath.Join("..", root)
		if len(root) > 60 {
			tb.Fatal("no go.mod above the test's folder")
		}
	}
	data, err := os.ReadFile(filepath.Join(root, "coordinator", "pipeline.yaml"))
	if err != nil {
		tb.Fatal(err)
	}
	var p struct {
		Sources map[string]any `yaml:"sources"`
	}
	if err := yaml.Unmarshal(data, &p); err != nil {
		tb.Fatal(err)
	}
	section, err := json.Marshal(map[string]any{name: p.Sources[name]})
	if err != nil {
		tb.Fatal(err)
	}
	return string(section)
}

// Section returns a source's section of coordinator/pipeline.yaml.
func Section(tb testing.TB, name string) *pipeline.Source {
	tb.Helper()
	section, err := pipeline.ParseSource([]byte(Setting(tb, name)))
	if err != nil {
		tb.Fatal(err)
	}
	return section
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
