// Package sourcetest runs a source in a test through the real frame: it stages in Cloud Storage in memory,
// loads into tables in memory, and collects the events.
package sourcetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"testing/synctest"
	"time"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/sethvargo/go-envconfig"
	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
)

const stagingBucket = "staging"

// Rig holds one source with everything around it.
type Rig struct {
	Deps   source.Deps
	Client *storage.Client // of the Cloud Storage that holds the staging bucket

	tables *tables
	mu     sync.Mutex
	events []event.Event
	log    *lockedBuffer
	serve  http.Handler
}

// New returns a rig whose clock stands at now. Secrets are kept out of its log as in production. It works in a
// bubble of testing/synctest, without a connection.
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

// Post sends a body to the function and returns its answer.
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

// Rows returns a table's rows for a partition, sorted, as lines of JSON. It returns nil if the partition was
// never loaded.
func (r *Rig) Rows(table, partition string) []string {
	r.tables.mu.Lock()
	defer r.tables.mu.Unlock()
	rows := slices.Clone(r.tables.rows["raw."+table+"$"+partition])
	slices.Sort(rows)
	return rows
}

// Loads returns the number of load jobs so far.
func (r *Rig) Loads() int {
	r.tables.mu.Lock()
	defer r.tables.mu.Unlock()
	return len(r.tables.jobs)
}

// Events returns the events published so far.
func (r *Rig) Events() []event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Log returns what was logged so far.
func (r *Rig) Log() string { return r.log.String() }

// Untouched fails the test if anything was loaded or published.
func (r *Rig) Untouched(tb testing.TB) {
	tb.Helper()
	if n := r.Loads(); n != 0 {
		tb.Errorf("%d load jobs ran, though the extraction failed", n)
	}
	if events := r.Events(); len(events) != 0 {
		tb.Errorf("published %v, though the extraction failed", events)
	}
}

// NoSecrets fails the test if a secret appears in the answer, the log, an event or a loaded row.
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
				tb.Errorf("a secret appears in the %s:\n%s", place, text)
			}
		}
	}
}

// Failures runs a source once for each failure of its service, and checks that nothing is loaded or published,
// and that no secret appears. It compares all answers with testdata/failures.golden. Each run is in a bubble of
// testing/synctest.
func Failures[F ~string](t *testing.T, failures []F, start func(t *testing.T, f F) *Rig, secrets ...string) {
	t.Helper()
	var answers strings.Builder
	for _, failure := range failures {
		t.Run(string(failure), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rig := start(t, failure)
				status, answer := rig.Post("")
				if status == http.StatusOK {
					t.Error("it succeeded")
				}
				rig.Untouched(t)
				rig.NoSecrets(t, answer, secrets...)
				fmt.Fprintf(&answers, "%s\n%d %s\n", failure, status, answer) // the answer ends its line
			})
		})
	}
	golden.Compare(t, "testdata/failures.golden", answers.String())
}

// Config returns the settings C that an environment gives.
func Config[C any](tb testing.TB, env map[string]string) (cfg C) {
	tb.Helper()
	err := envconfig.ProcessWith(tb.Context(), &envconfig.Config{Target: &cfg, Lookuper: envconfig.MapLookuper(env)})
	if err != nil {
		tb.Fatal(err)
	}
	return cfg
}

// Names fails the test unless err contains every part.
func Names(tb testing.TB, err error, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			tb.Errorf("error %v does not name %s", err, part)
		}
	}
}

// Setting returns what Terraform sets as PIPELINE_SOURCE of a source: its section of coordinator/pipeline.yaml,
// as JSON.
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
