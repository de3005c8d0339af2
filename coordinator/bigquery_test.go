package coordinator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
)

// callsHead explains the golden files to readers, who can compare the calls with
// https://cloud.google.com/bigquery/docs/reference/rest/v2.
const callsHead = `Every call to BigQuery, in order. A poll that is repeated until a job is done is listed once. {{ }} stands for
a statement of models/manifest.json, by name, and for values that differ in each run. Line breaks in statements are kept.
The comment of the test in bigquery_test.go says what happens here.

`

// transcript records calls as text.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	last string
}

func (c *transcript) called(call bigquerytest.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	line := call.Method + " " + call.Path + strings.Replace(usual.ReplaceAllString("?"+call.Query, ""), "&", "?", 1)
	if call.Method == http.MethodGet && line == c.last {
		return
	}
	c.last = line
	fmt.Fprintln(&c.text, line)
	if len(call.Body) > 0 {
		var b bytes.Buffer
		if err := json.Indent(&b, bytes.TrimSpace(call.Body), "", "  "); err != nil {
			fmt.Fprintln(&b, err)
		}
		text := leaf.ReplaceAllStringFunc(b.String(), func(object string) string { return lines.ReplaceAllString(object, " ") })
		text = statement.ReplaceAllStringFunc(text, func(quoted string) string { return c.named(quoted) })
		if strings.Contains(text, `"dryRun": true`) {
			text = jobID.ReplaceAllString(text, `"jobId": "{{made up}}"`)
		}
		fmt.Fprintln(&c.text, legible.Replace(text))
	}
	fmt.Fprintln(&c.text)
}

var (
	lines     = regexp.MustCompile(`\n\s*`)
	leaf      = regexp.MustCompile(`\{\n[^{}\[\]]*\}`)                   // an object of plain values, written on one line
	usual     = regexp.MustCompile(`[?&](alt=json|prettyPrint=false)\b`) // parameters of every call
	statement = regexp.MustCompile(`(?m)"query": "(?:[^"\\]|\\.)*"`)
	jobID     = regexp.MustCompile(`"jobId": "[\w-]+"`)
	stagedAs  = regexp.MustCompile(`\bstaging\.\w+`)
)

// named returns "query": "…" with the name of the statement in the manifest, if it has one.
func (c *transcript) named(quoted string) string {
	var sql string
	if err := json.Unmarshal([]byte(strings.TrimPrefix(quoted, `"query": `)), &sql); err != nil {
		return quoted
	}
	over := stagedAs.FindString(sql)
	text := sql
	if over != "" {
		text = strings.ReplaceAll(sql, over, manifest.StagePlaceholder)
		over = " over " + over
	}
	for _, m := range models.Load(manifest.BigQuery).Models {
		s := m.SQL[manifest.BigQuery]
		for name, known := range map[string]string{"stage": s.Stage, "audit": s.Audit, "merge": s.Merge} {
			if text == known {
				return fmt.Sprintf(`"query": "{{%s of %s%s}}"`, name, m.Name, over)
			}
		}
	}
	return quoted
}

var legible = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\n`, "\n", `\"`, `"`)

// take returns what was recorded since the last call.
func (c *transcript) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.text.String()
	c.text.Reset()
	c.last = ""
	return callsHead + strings.TrimSuffix(text, "\n")
}

// crashing is a warehouse whose coordinator crashes before it submits a job.
type crashing struct {
	warehouse.Driver
	before string // prefix of the job id
	crash  context.CancelFunc
}

func (d *crashing) Submit(ctx context.Context, job warehouse.Job) error {
	if strings.HasPrefix(job.ID, d.before) {
		d.crash()
		return ctx.Err()
	}
	return d.Driver.Submit(ctx, job)
}

// The calls to BigQuery on one day: the loads of all sources, all daily models, the models of a month (one
// merged, the others copied), a source with a new column, an attempt that is fenced because its inputs were
// restated after its coordinator crashed, and a partition of a model without rows. The real coordinator and
// the real driver call a fake that refuses what BigQuery refuses. It runs the models' statements for DuckDB,
// so every call depends on real results.
func TestTheCallsToBigQueryOfOneDay(t *testing.T) {
	m, calls := newMart(t), &transcript{}
	now := time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC)
	m.now = func() time.Time { return now }
	fake, err := bigquerytest.New(t.Context(), bigquerytest.Options{
		Project: "project", Location: "EU", Datasets: []string{"raw", "staging", "mart"}, Path: filepath.Join(t.TempDir(), "rows.duckdb"),
		Open: m.read, Translate: bigquerytest.Translation(models.Load(manifest.BigQuery)), Now: m.now, Called: calls.called,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(fake)
	defer func() {
		server.Close()
		if err := fake.Close(); err != nil {
			t.Error(err)
		}
	}()
	driver, err := bigquery.Open(t.Context(), bigquery.Options{Project: "project", Location: "EU", Endpoint: server.URL, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	m.begin("2026-10-31", driver)
	const day, month, folder = "2026-10-31", "2026-10", "testdata/bigquery_day/"
	created := time.Date(2026, 10, 31, 9, 0, 0, 0, time.UTC)

	loads := []event.Event{
		m.load("medium", "medium_stories", day, schema.Row{"post_id": "p1", "title": "One", "first_published_at": created,
			"claps": 3, "voters": 2, "responses": 1, "is_locked": true, "visibility": "PUBLIC", "views": 30, "reads": 15}),
		m.load("medium", "medium_account_days", day, schema.Row{"user_id": "u", "username": "nobody", "followers": 100}),
		m.load("kit", "kit_subscriber_totals", day, schema.Row{"state": "active", "subscribers": 1, "reported_total": 1}),
		m.load("kit", "kit_subscribers", day, schema.Row{"subscriber_id": 1, "email_address": "reader@example.com", "state": "active",
			"created_at": created, "source_type": "form", "source_name": "Newsletter", "tags": []string{"reader"}, "fields": map[string]any{}}),
		m.load("sheets", "sheets_boosts", day), // nothing was boosted: a load without files
	}
	storyDays := m.load("medium", "medium_story_days", day, storyDay(20, 10, "150"))
	closing := []event.Event{
		m.load("stripe", "stripe_balance_transactions", month, transaction("t1", "eur", "charge", 1000, 59)),
		m.load("drops", "drops_medium_stories", month, schema.Row{"post_id": "p1", "views": 30, "reads": 15,
			"shape": "stats", "object": "drops/medium/stats.json"}),
		m.load("drops", "drops_medium_earnings", month, schema.Row{"post_id": "p1", "amount_cents": "150", "object": "drops/medium/earnings.json"}),
	}
	golden.Compare(t, folder+"1_loads.txt", calls.take())

	m.want("the daily models that need no story_days", m.settle(loads...),
		"subscriber_growth 2026-10-31 succeeded", "subscriber_sources 2026-10-31 succeeded")
	golden.Compare(t, folder+"2_subscribers.txt", calls.take())

	m.want("the other daily models, and the month that they complete", m.settle(storyDays),
		"aggregate_engagement 2026-10 succeeded", "boost_effect 2026-10 succeeded", "boost_effect 2026-10 succeeded",
		"creator_overview 2026-10-31 succeeded",
		"story_days 2026-10-31 succeeded", "story_months 2026-10 succeeded", "story_stats 2026-10-31 succeeded")
	golden.Compare(t, folder+"3_stories.txt", calls.take())

	m.want("what is merged, and what reads it", m.settle(closing...), "creator_overview 2026-10-31 succeeded", "revenue 2026-10 succeeded")
	golden.Compare(t, folder+"4_revenue.txt", calls.take())

	wider := append(m.schema("sheets", "sheets_boosts"), schema.Field{Name: "boosted_by", Type: schema.String, Mode: schema.Nullable,
		Description: "Who said so."})
	boosts := m.loadAs(wider, "sheets", "sheets_boosts", day, schema.Row{"post_id": "p1", "boosted": true, "boosted_by": "an editor"})
	golden.Compare(t, folder+"5_a_column_more.txt", calls.take())

	ctx, crash := context.WithCancel(t.Context())
	m.begin("2026-10-31", &crashing{driver, "publish_story_stats", crash})
	if err := m.c.Handle(ctx, boosts); !errors.Is(err, ErrBusy) || ctx.Err() == nil {
		t.Fatalf("the coordinator did not crash: %v", err)
	}
	m.begin("2026-10-31", driver)
	restated := m.loadAs(wider, "sheets", "sheets_boosts", day, schema.Row{"post_id": "p1", "boosted": false})
	m.want("after a crash and a restatement", m.settle(restated), "story_stats 2026-10-31 succeeded")
	golden.Compare(t, folder+"6_a_fence.txt", calls.take())

	none := m.load("kit", "kit_subscribers", day) // the last subscriber has left
	m.want("a partition that has no rows anymore", m.settle(none),
		"creator_overview 2026-10-31 succeeded", "subscriber_growth 2026-10-31 succeeded", "subscriber_sources 2026-10-31 succeeded")
	golden.Compare(t, folder+"7_no_rows.txt", calls.take())
	if rows, err := fake.Rows().Query(t.Context(), "SELECT * FROM mart.subscriber_sources", nil, 10); err != nil || len(rows) > 0 {
		t.Errorf("subscriber_sources holds %v, %v", rows, err)
	}
}
