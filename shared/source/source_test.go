package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

const secret = "sk-0123456789"

var columns = schema.Schema{
	{Name: "day", Type: schema.Date, Mode: schema.Required},
	{Name: "text", Type: schema.String, Mode: schema.Nullable},
}

// jobs implements a warehouse that records its load jobs, and fails those whose id contains fail.
type jobs struct {
	warehouse.Driver
	mu   sync.Mutex
	ids  []string
	fail string
	lose int64
}

func (j *jobs) Dialect() manifest.Dialect                               { return manifest.DuckDB }
func (j *jobs) EnsureTable(context.Context, warehouse.Definition) error { return nil }

func (j *jobs) Submit(_ context.Context, job warehouse.Job) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ids = append(j.ids, job.ID)
	return nil
}

func (j *jobs) Wait(_ context.Context, id string) (warehouse.Status, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != "" && strings.Contains(id, j.fail) {
		return warehouse.Status{ID: id, Done: true, Err: &warehouse.JobError{ID: id, Reason: "invalid", Message: "bad row"}}, nil
	}
	return warehouse.Status{ID: id, Done: true, Ended: now, Stats: warehouse.Stats{Rows: 1 - j.lose}}, nil
}

var now = time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)

// harness holds one source over a bucket in memory.
type harness struct {
	src     *source.Source
	section *pipeline.Source
	jobs    *jobs
	bucket  *storage.BucketHandle
	events  []string
	log     bytes.Buffer
	asked   []source.Request
	refuse  error // of the event's publication
}

func newHarness(t *testing.T) *harness {
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{NoListener: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: "staging"})
	h := &harness{jobs: &jobs{}, bucket: server.Client().Bucket("staging")}
	h.section = &pipeline.Source{Name: "demo", Cadence: partition.Daily, Lookback: 3, Tables: map[string]*pipeline.Table{
		"demo_days": {Name: "demo_days", Reads: pipeline.Window},
		"demo_now":  {Name: "demo_now", Reads: pipeline.Snapshot},
	}}
	h.src = &source.Source{
		Name: "demo", Secrets: []string{secret},
		Schemas: map[string]schema.Schema{"demo_days": columns, "demo_now": columns},
		Extract: func(ctx context.Context, req source.Request, out *source.Output) error {
			h.asked = append(h.asked, req)
			for _, p := range req.Window {
				if err := out.Write("demo_days", p, schema.Row{"text": "x"}); err != nil {
					return err
				}
			}
			if !req.Snapshot {
				return nil
			}
			return out.WriteSnapshot("demo_now", schema.Row{"text": "now"})
		},
	}
	return h
}

func (h *harness) runner() *source.Runner {
	runner, err := source.NewRunner(h.src, source.Deps{
		Section: h.section, Staging: h.bucket, Warehouse: h.jobs, Pipeline: "test", Now: func() time.Time { return now },
		Log: cloudlog.New(&h.log, nil, secret),
		Publish: func(_ context.Context, e event.Event) error {
			if h.refuse != nil {
				return h.refuse
			}
			var tables []string
			for _, t := range e.Tables {
				tables = append(tables, t.Table)
			}
			h.events = append(h.events, fmt.Sprintf("%s %s %s", e.Source, e.Partition, strings.Join(tables, " ")))
			return nil
		},
	})
	if err != nil {
		panic(err)
	}
	return runner
}

// post asks the source over HTTP and returns status and body.
func (h *harness) post(body string, header ...string) (int, map[string]any) {
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.runner().Handler().ServeHTTP(w, req)
	var answer map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &answer)
	return w.Code, answer
}

func TestARunLoadsTheWindowAndTheSnapshotAndPublishesEachPartitionOnce(t *testing.T) {
	h := newHarness(t)
	if status, answer := h.post(""); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	want := []string{
		"demo 2026-11-19 raw.demo_days",
		"demo 2026-11-20 raw.demo_days",
		"demo 2026-11-21 raw.demo_days raw.demo_now",
	}
	if diff := cmp.Diff(want, h.events); diff != "" {
		t.Error(diff)
	}
	slices.Sort(h.jobs.ids)
	for i, prefix := range []string{"load_demo_days_2026-11-19_", "load_demo_days_2026-11-20_", "load_demo_days_2026-11-21_", "load_demo_now_2026-11-21_"} {
		if !strings.HasPrefix(h.jobs.ids[i], prefix) {
			t.Errorf("job %s, want %s…", h.jobs.ids[i], prefix)
		}
	}
}

func TestWhichPartitionIsRequested(t *testing.T) {
	for _, tc := range []struct {
		name, body, slot, want string
		snapshot               bool
	}{
		{"an empty body is the newest complete partition", "", "", "2026-11-21", true},
		{"so is an empty object", "{}", "", "2026-11-21", true},
		{"as of the schedule's slot, when a run is late", "", "2026-11-21T07:00:00Z", "2026-11-20", true},
		{"at the earliest of two days ago", "", "2026-11-20T07:00:00Z", "2026-11-19", true},
		{"by a clock that is a little ahead", "", "2026-11-22T07:05:00Z", "2026-11-21", true},
		{"an explicit partition wins over the slot", `{"partition":"2026-11-20"}`, "2026-11-22T07:00:00Z", "2026-11-20", false},
		{"and over that of the next day", `{"partition":"2026-11-21"}`, "2026-11-23T07:00:00Z", "2026-11-21", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t)
			var header []string
			if tc.slot != "" {
				header = []string{"X-CloudScheduler-ScheduleTime", tc.slot}
			}
			if status, answer := h.post(tc.body, header...); status != 200 {
				t.Fatalf("%d %v", status, answer)
			}
			if got := h.asked[0]; got.Partition.String() != tc.want || got.Snapshot != tc.snapshot {
				t.Errorf("asked for %s, snapshot %v", got.Partition, got.Snapshot)
			}
		})
	}
}

func TestMalformedRequestsAreRefusedBeforeAnythingIsTouched(t *testing.T) {
	for _, tc := range []struct{ body, slot, want string }{
		{`{"partition":"2026-11-31"}`, "", "neither a day like"},
		{`{"partition":""}`, "", "neither a day like"},
		{`{"partition":"2026-11"}`, "", "source demo is daily, and partition 2026-11 is not"},
		{`{"partition":"2026-11-22"}`, "", "has not ended yet; the newest complete one is 2026-11-21"},
		{`{"date":"2026-11-21"}`, "", `unknown field "date"`},
		{`2026-11-21`, "", "want {\"partition\":\"2026-11-21\"} or nothing"},
		{`{}{}`, "", "something follows"},
		{`{"partition":20261121}`, "", "want {\"partition\""},
		{strings.Repeat(" ", 5000), "", "too large"},
		{"", "yesterday", "X-CloudScheduler-ScheduleTime"},
		{"", "2026-01-02T07:00:00Z", "header X-CloudScheduler-ScheduleTime is 2026-01-02T07:00:00Z; it must lie between 2026-11-20T07:00:00Z and 2026-11-22T07:05:00Z; fix: name the day"},
		{"", "2026-11-20T06:59:59Z", "it must lie between"},
		{"", "2026-11-22T07:05:01Z", "it must lie between"},
		{"{}", "2026-11-23T07:00:00Z", "it must lie between"},
		{`{"partition":"2000-01-01"}`, "", "is loaded with 1999-12-30: partitions lie between"},
		{`{"partition":"0001-02-03"}`, "", "partitions lie between 2000-01-01 and 2199-12-31"},
		{`{"partition":"2026-11-22"}`, "2026-11-23T07:00:00Z", "has not ended yet; the newest complete one is 2026-11-21"},
	} {
		h := newHarness(t)
		status, answer := h.post(tc.body, "X-CloudScheduler-ScheduleTime", tc.slot)
		if status != 400 || !strings.Contains(fmt.Sprint(answer["error"]), tc.want) {
			t.Errorf("%.40s: %d %v, want %q", tc.body, status, answer, tc.want)
		}
		if len(h.asked)+len(h.jobs.ids)+len(h.events) > 0 {
			t.Errorf("%.40s: something was touched", tc.body)
		}
	}
	h := newHarness(t)
	w := httptest.NewRecorder()
	h.runner().Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != 400 {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestNothingIsLoadedUnlessEverythingWasRead(t *testing.T) {
	for _, tc := range []struct {
		name    string
		extract func(req source.Request, out *source.Output) error
		status  int
		want    string
		hint    string
	}{
		{"a failure that may pass", func(source.Request, *source.Output) error { return errors.New("connection reset") }, 503, "extract demo for 2026-11-21: connection reset", ""},
		{"a failure that will not, halfway", func(req source.Request, out *source.Output) error {
			_ = out.WriteSnapshot("demo_now", schema.Row{"text": "x"})
			return source.Errorf("log in again", "the cookie has expired")
		}, 422, "the cookie has expired", "log in again"},
		{"a row for a partition that was not asked for", func(req source.Request, out *source.Output) error {
			return out.Write("demo_days", req.Partition.Add(1), schema.Row{})
		}, 503, "demo_days for 2026-11-22 was not asked for", ""},
		{"a table that is not the source's", func(req source.Request, out *source.Output) error {
			return out.Write("other", req.Partition, schema.Row{})
		}, 503, "table other for 2026-11-21 was not asked for", ""},
		{"a window table that the source reads as a snapshot", func(_ source.Request, out *source.Output) error {
			return out.WriteSnapshot("demo_days", schema.Row{})
		}, 422, "declares table demo_days as a window, but the source reads it as a snapshot", "reads: snapshot"},
		{"a snapshot table that the source reads as a window", func(req source.Request, out *source.Output) error {
			return out.Write("demo_now", req.Partition, schema.Row{})
		}, 422, "declares table demo_now as a snapshot, but the source reads it as a window", "reads: window"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t)
			h.src.Extract = func(_ context.Context, req source.Request, out *source.Output) error { return tc.extract(req, out) }
			status, answer := h.post("")
			if status != tc.status || !strings.Contains(fmt.Sprint(answer["error"]), tc.want) || !strings.Contains(fmt.Sprint(answer["hint"]), tc.hint) {
				t.Errorf("%d %v", status, answer)
			}
			if answer["source"] != "demo" || answer["partition"] != "2026-11-21" || answer["retry"] != (tc.status == 503) {
				t.Errorf("answer %v", answer)
			}
			if len(h.jobs.ids)+len(h.events) > 0 {
				t.Errorf("loaded %v, published %v", h.jobs.ids, h.events)
			}
		})
	}
}

func TestNoEventWhenALoadFails(t *testing.T) {
	h := newHarness(t)
	h.jobs.fail = "demo_days_2026-11-20"
	status, answer := h.post("")
	if status != 503 || !strings.Contains(fmt.Sprint(answer["error"]), "load raw.demo_days for 2026-11-20: job load_demo_days_2026-11-20_") {
		t.Errorf("%d %v", status, answer)
	}
	h = newHarness(t)
	h.jobs.lose = 1
	if _, answer := h.post(""); !strings.Contains(fmt.Sprint(answer["error"]), "staged 1 rows, but the warehouse loaded 0") || len(h.events) > 0 {
		t.Errorf("%v, events %v", answer, h.events)
	}
}

func TestAnEventThatPubSubRefusesFailsTheRun(t *testing.T) {
	h := newHarness(t)
	h.refuse = errors.New("topic not found")
	if status, answer := h.post(""); status != 503 || !strings.Contains(fmt.Sprint(answer["error"]), "topic not found") {
		t.Errorf("%d %v", status, answer)
	}
}

func TestAPastSnapshotIsLoadedFromWhatWasStaged(t *testing.T) {
	h := newHarness(t)
	if status, answer := h.post("", "X-CloudScheduler-ScheduleTime", "2026-11-21T07:00:00Z"); status != 200 {
		t.Fatalf("%d %v", status, answer)
	}
	h.events, h.jobs.ids = nil, nil
	status, answer := h.post(`{"partition":"2026-11-20"}`)
	if status != 200 || answer["absent"] != nil {
		t.Fatalf("%d %v", status, answer)
	}
	if want := "demo 2026-11-20 raw.demo_days raw.demo_now"; h.events[len(h.events)-1] != want {
		t.Errorf("events %v", h.events)
	}
	if h.asked[1].Snapshot {
		t.Error("the source was asked for a snapshot of the past")
	}
}

func TestAPastSnapshotThatWasNeverStagedIsReportedAsAbsent(t *testing.T) {
	h := newHarness(t)
	status, answer := h.post(`{"partition":"2026-11-18"}`)
	if status != 200 || fmt.Sprint(answer["absent"]) != "[demo_now]" {
		t.Errorf("%d %v", status, answer)
	}
	delete(h.src.Schemas, "demo_days") // a source that only knows now
	delete(h.section.Tables, "demo_days")
	status, answer = h.post(`{"partition":"2026-11-18"}`)
	if status != 422 || !strings.Contains(fmt.Sprint(answer["error"]), "no snapshot of that partition is staged") || answer["hint"] == nil {
		t.Errorf("%d %v", status, answer)
	}
}

func TestSecretsAppearNeitherInTheAnswerNorInTheLog(t *testing.T) {
	h := newHarness(t)
	h.src.Extract = func(context.Context, source.Request, *source.Output) error {
		return source.Errorf("store a new key than "+secret, "key %s was refused", secret)
	}
	_, answer := h.post("")
	if text := fmt.Sprint(answer) + h.log.String(); strings.Contains(text, secret) || !strings.Contains(text, cloudlog.Mark) {
		t.Error(text)
	}
}

func TestTwoRunsHaveDifferentLoadIDsThatSortByTime(t *testing.T) {
	h := newHarness(t)
	_, a := h.post("")
	now = now.Add(time.Millisecond)
	defer func() { now = now.Add(-time.Millisecond) }()
	_, b := h.post("")
	if fmt.Sprint(a["load_id"]) >= fmt.Sprint(b["load_id"]) || !strings.HasPrefix(fmt.Sprint(a["load_id"]), "20261122T070000000Z-") {
		t.Errorf("%v then %v", a["load_id"], b["load_id"])
	}
}

func TestASectionThatDoesNotFitTheCodeIsRefusedWithEveryFault(t *testing.T) {
	h := newHarness(t)
	h.section.Tables["demo_later"] = &pipeline.Table{}
	delete(h.section.Tables, "demo_now")
	_, err := source.NewRunner(h.src, source.Deps{Section: h.section})
	for _, want := range []string{
		"pipeline.yaml declares table demo_later, which the function does not have",
		"the function has table demo_now, which pipeline.yaml does not declare",
		"fix: declare it below demo in coordinator/pipeline.yaml and run terraform apply",
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	h = newHarness(t)
	h.section.Tables["demo_now"].Key, h.section.Tables["demo_now"].Monotonic = []string{"text", "id"}, []string{"text", "views"}
	_, err = source.NewRunner(h.src, source.Deps{Section: h.section})
	for _, want := range []string{
		"pipeline.yaml declares id as key of table demo_now, which has no such single value",
		"pipeline.yaml declares text of table demo_now as monotonic, which is no INT64 column of it",
		"pipeline.yaml declares views of table demo_now as monotonic",
		"fix: name columns of functions/demo/schema/demo_now.json",
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, section := range []*pipeline.Source{nil, {Name: "kit"}} {
		if _, err := source.NewRunner(h.src, source.Deps{Section: section}); err == nil {
			t.Errorf("section %+v was accepted", section)
		}
	}
}

// A new creator has no rows. Where there were rows before, none are refused; see judge_test.go.
func TestAFirstLoadWithoutRowsIsLoaded(t *testing.T) {
	h := newHarness(t)
	h.jobs.lose = 1 // the warehouse reports no rows, as for an empty load
	h.src.Extract = func(context.Context, source.Request, *source.Output) error { return nil }
	if status, answer := h.post(""); status != 200 || len(h.jobs.ids) != 4 {
		t.Errorf("%d %v, jobs %v", status, answer, h.jobs.ids)
	}
}

// A source's doubt that may pass by itself is answered like any temporary failure; one that needs a person is not.
func TestARefusalMayPassByItself(t *testing.T) {
	for _, tc := range []struct {
		name    string
		retries []bool // of each refusal
		status  int
	}{
		{"it may pass", []bool{true}, 503},
		{"a person must decide", []bool{false}, 422},
		{"a person must decide one of two", []bool{true, false}, 422},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHarness(t)
			extract := h.src.Extract
			h.src.Extract = func(ctx context.Context, req source.Request, out *source.Output) error {
				for n, retry := range tc.retries {
					out.Refuse(stage.Refusal{Code: "doubt", Reason: fmt.Sprintf("doubt %d", n), Retry: retry})
				}
				return extract(ctx, req, out)
			}
			status, answer := h.post("")
			refusals, _ := answer["refusals"].([]any)
			if status != tc.status || answer["retry"] != (status == 503) || len(refusals) != len(tc.retries) {
				t.Errorf("%d %v", status, answer)
			}
			if len(h.jobs.ids)+len(h.events) > 0 {
				t.Errorf("loaded %v, published %v", h.jobs.ids, h.events)
			}
		})
	}
}
