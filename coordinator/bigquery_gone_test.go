package coordinator

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
)

// In a project a sweep asks BigQuery which tables exist, by calls that are no queries, and says what is gone.
func TestATableThatBigQueryHasLostIsNoticedAndMadeAgain(t *testing.T) {
	m, logged := newMart(t), &bytes.Buffer{}
	m.log = logged
	now := time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC)
	m.now = func() time.Time { return now }
	calls := 0
	fake, err := bigquerytest.New(t.Context(), bigquerytest.Options{
		Project: "project", Location: "EU", Datasets: []string{"raw", "staging", "mart"}, Path: filepath.Join(t.TempDir(), "rows.duckdb"),
		Open: m.read, Translate: bigquerytest.Translation(models.Load(manifest.BigQuery)), Now: m.now,
		Called: func(bigquerytest.Call) { calls++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(fake)
	t.Cleanup(func() {
		server.Close()
		if err := fake.Close(); err != nil {
			t.Error(err)
		}
	})
	driver, err := bigquery.Open(t.Context(), bigquery.Options{Project: "project", Location: "EU", Endpoint: server.URL, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	const day = "2026-10-31"
	m.begin(day, driver)
	m.want("at first", m.settle(m.load("kit", "kit_subscribers", day, schema.Row{"subscriber_id": 1, "email_address": "reader@example.com",
		"state": "active", "created_at": now, "source_type": "form", "source_name": "Newsletter", "tags": []string{}, "fields": map[string]any{}}),
		m.load("kit", "kit_subscriber_totals", day, schema.Row{"state": "active", "subscribers": 1, "reported_total": 1})),
		"subscriber_growth 2026-10-31 succeeded", "subscriber_sources 2026-10-31 succeeded")
	before := m.published("subscriber_growth", day)

	s := NewSweeper(m.c, SweepDeps{Days: 35})
	notice := func(want ...string) {
		t.Helper()
		now = now.Add(time.Minute)
		calls = 0
		found, err := s.NoticeGone(t.Context(), partition.MustParse(day))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, table := range found.Tables {
			got = append(got, table.Table)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") || calls > 4 {
			t.Errorf("after %d calls %v are gone, want %v", calls, got, want)
		}
	}
	notice()
	drop := func(table string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete,
			server.URL+"/bigquery/v2/projects/project/datasets/"+strings.Replace(table, ".", "/tables/", 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("drop %s: %v, %v", table, resp, err)
		}
		_ = resp.Body.Close()
	}
	drop("mart.subscriber_growth")
	drop("raw.kit_subscriber_totals")
	notice("mart.subscriber_growth", "raw.kit_subscriber_totals")
	notice("mart.subscriber_growth", "raw.kit_subscriber_totals")
	if n := strings.Count(logged.String(), `level=ERROR msg="table is gone"`); n != 2 {
		t.Errorf("%d errors, want one for each table: %s", n, logged)
	}
	for _, says := range []string{"rollcall replay --gone", "rollcall backfill --from 2026-10-31 --to 2026-10-31 --source kit"} {
		if !strings.Contains(logged.String(), says) {
			t.Errorf("the log does not say %q: %s", says, logged)
		}
	}
	state := func(want plan.Status) {
		t.Helper()
		report, err := m.c.Report(t.Context(), partition.MustParse(day), partition.MustParse(day))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report.Decisions {
			if d.Model.Name == "subscriber_growth" && d.Status != want {
				t.Errorf("subscriber_growth is %s, want %s", d.Status, want)
			}
		}
	}
	state(plan.Waiting) // for the table of the source
	rebuild := func() []string {
		t.Helper()
		now, m.ran = now.Add(time.Minute), nil
		if err := m.c.SweepHolding(t.Context(), partition.MustParse(day), partition.MustParse(day), "replay-1"); err != nil {
			t.Fatal(err)
		}
		return m.ran
	}
	m.want("while its input is gone", rebuild())

	now = now.Add(time.Minute)
	m.want("when the source has loaded the same again", m.settle(
		m.load("kit", "kit_subscriber_totals", day, schema.Row{"state": "active", "subscribers": 1, "reported_total": 1})))
	notice("mart.subscriber_growth")
	state(plan.Gone)
	m.want("when a person asks for it", rebuild(), "subscriber_growth 2026-10-31 succeeded")
	notice()
	state(plan.UpToDate)
	if after := m.published("subscriber_growth", day); after != before {
		t.Errorf("its digest is %s, and was %s", after, before)
	}
}

// published returns the digest of what a model has published for a partition, by the ledger.
func (m *mart) published(model, p string) string {
	m.t.Helper()
	q := partition.MustParse(p)
	report, err := m.c.Report(m.t.Context(), q, q)
	if err != nil {
		m.t.Fatal(err)
	}
	a, _ := report.View.Newest("mart."+model, q)
	return a.Digest.String()
}
