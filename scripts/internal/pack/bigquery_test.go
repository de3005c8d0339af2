package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/storage"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
)

// bigQuery is the fake BigQuery that the programs connect to.
type bigQuery struct {
	*bigquerytest.Server
	address string

	mu      sync.Mutex
	prefix  string        // job ids with this prefix are held; empty: none
	release chan struct{} // closed to release them
	waiting int
}

func openBigQuery(t *testing.T, project string, objects *storage.Client) *bigQuery {
	t.Helper()
	b := &bigQuery{}
	s, err := bigquerytest.New(context.Background(), bigquerytest.Options{
		Project: project, Location: emulatedRegion, Datasets: []string{"raw", "staging", "mart"},
		Path:      filepath.Join(t.TempDir(), "rows.duckdb"),
		Translate: bigquerytest.Translation(models.Load(manifest.BigQuery)),
		Begin:     b.begin,
		Open: func(ctx context.Context, uri string) (io.ReadCloser, error) {
			bucket, name, _ := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
			r, err := objects.Bucket(bucket).Object(name).NewReader(ctx)
			if errors.Is(err, storage.ErrObjectNotExist) {
				err = fmt.Errorf("%s: %w", uri, fs.ErrNotExist)
			}
			return r, err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Server = s
	web := httptest.NewServer(s)
	b.address = strings.TrimPrefix(web.URL, "http://")
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// env returns the environment that makes a program connect to it.
func (b *bigQuery) env() []string { return []string{bigquery.EmulatorVariable + "=" + b.address} }

// begin blocks a job while jobs like it are held.
func (b *bigQuery) begin(id string) {
	b.mu.Lock()
	release := b.release
	if b.prefix == "" || !strings.HasPrefix(id, b.prefix) {
		b.mu.Unlock()
		return
	}
	b.waiting++
	b.mu.Unlock()
	<-release
}

// hold keeps jobs with this prefix running until they are released.
func (b *bigQuery) hold(prefix string) (release func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	released := make(chan struct{})
	b.prefix, b.release = prefix, released
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.prefix = ""
		close(released)
	}
}

// held reports whether a job is being held.
func (b *bigQuery) held() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting > 0
}

// succeeded returns the ids with this prefix of the jobs that succeeded, without fences.
func (b *bigQuery) succeeded(prefix string) (ids []string) {
	for _, j := range b.Jobs() {
		if id := j.JobReference.JobId; strings.HasPrefix(id, prefix) && j.Status.State == "DONE" && j.Status.ErrorResult == nil &&
			j.Configuration.Labels["step"] != "fence" {
			ids = append(ids, id)
		}
	}
	return ids
}
