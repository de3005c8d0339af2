package bigquery_test

import (
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
	"example.com/rollcall/shared/warehouse/warehousetest"
)

var generated = regexp.MustCompile(`UNNEST\(GENERATE_ARRAY\((\d+), (\d+)\)\) AS (\w+)`)

// translate translates the few statements of the tests to DuckDB's dialect.
func translate(googleSQL string) (string, error) {
	text := strings.ReplaceAll(googleSQL, "@", "$")
	return generated.ReplaceAllString(text, "(SELECT unnest(generate_series($1, $2)) AS $3)"), nil
}

// fake is a BigQuery in the process that records its calls.
type fake struct {
	*bigquerytest.Server
	*warehousetest.Bucket
	url string

	mu    sync.Mutex
	calls []bigquerytest.Call
	fault func(bigquerytest.Call) bigquerytest.Fault
}

func serve(t testing.TB) *fake {
	t.Helper()
	return serveFrom(t, &warehousetest.Bucket{})
}

func serveFrom(t testing.TB, objects *warehousetest.Bucket) *fake {
	t.Helper()
	f := &fake{Bucket: objects}
	s, err := bigquerytest.New(t.Context(), bigquerytest.Options{
		TablePage: 2,
		Project:   "project", Location: "EU", Datasets: []string{"raw", "staging", "mart"},
		Path: filepath.Join(t.TempDir(), "rows.duckdb"), Open: f.Open, Translate: translate,
		Called: func(c bigquerytest.Call) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.calls = append(f.calls, c)
		},
		Fault: func(c bigquerytest.Call) bigquerytest.Fault {
			f.mu.Lock()
			defer f.mu.Unlock()
			if f.fault == nil {
				return bigquerytest.Fault{}
			}
			return f.fault(c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Server = s
	web := httptest.NewServer(s)
	f.url = web.URL
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fake) driver(t testing.TB) *bigquery.Driver {
	t.Helper()
	d, err := bigquery.Open(t.Context(), bigquery.Options{
		Project: "project", Location: "EU", Endpoint: f.url, Pause: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestConformance(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T, objects *warehousetest.Bucket) warehouse.Driver {
		return serveFrom(t, objects).driver(t)
	})
}
