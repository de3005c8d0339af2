package coordinator

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// lateWorld returns a world two hours after clock, when the partitions of 2026-11-21 are due.
func lateWorld(t tb, models ...*manifest.Model) *world {
	return newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"kit", "medium"}},
		func() time.Time { return clock().Add(2 * time.Hour) }, models...)
}

func postSweep(s *Sweeper, method, body string) (int, string) {
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest(method, "/", strings.NewReader(body)))
	return rec.Code, strings.TrimSpace(rec.Body.String())
}

// A body that is neither empty nor a range is refused before anything is done.
func TestAnInvalidSweepRequestIsRefused(t *testing.T) {
	w := lateWorld(t, statsModel())
	s := w.sweeper(w.coordinator())
	for _, r := range []struct {
		method, body string
		want         int
		says         string
	}{
		{http.MethodGet, "", 405, "POST"},
		{http.MethodPost, "hello", 400, "want nothing, or"},
		{http.MethodPost, "{}", 400, "not two days"},
		{http.MethodPost, `{"from":"2026-11-01"}`, 400, "not two days"},
		{http.MethodPost, `{"from":"2026-11","to":"2026-11"}`, 400, "not two days"},
		{http.MethodPost, `{"from":"2026-11-31","to":"2026-12-01"}`, 400, "2026-11-31"},
		{http.MethodPost, `{"from":"2026-11-21","to":"2026-11-20"}`, 400, "to is before from"},
		{http.MethodPost, `{"from":"2023-11-17","to":"2026-11-21"}`, 400, "more than 1100 days"},
		{http.MethodPost, `{"from":"2026-11-21","to":"2026-11-21","ask":true}`, 400, `unknown field "ask"`},
		{http.MethodPost, `{"from":"2026-11-21","to":"2026-11-21"}{}`, 400, "something follows"},
		{http.MethodPost, `{"from":"2026-11-21","to":"2026-11-21"}}`, 400, "something follows"},
		{http.MethodPost, `{"from":"` + strings.Repeat("x", maxBody), 400, "too large"},
	} {
		if code, body := postSweep(s, r.method, r.body); code != r.want || !strings.Contains(body, r.says) {
			t.Errorf("%s %.60q: %d %s", r.method, r.body, code, body)
		}
	}
	if len(w.store.Names()) > 0 || len(w.queue) > 0 || len(w.requests) > 0 {
		t.Errorf("objects %v, events %v, requests %v", w.store.Names(), w.queue, w.requests)
	}
}

// A range is reconciled, and nothing else is done.
func TestARangeIsOnlyReconciled(t *testing.T) {
	w := lateWorld(t, statsModel())
	c := w.coordinator()
	lost := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "s"})
	if err := c.ledger.RecordArrivals(t.Context(), lost, w.now()); err != nil { // and its event was not handled further
		t.Fatal(err)
	}
	code, body := postSweep(w.sweeper(c), http.MethodPost, `{"from":"2026-11-21","to":"2026-11-21"}`)
	if want := `{"from":"2026-11-21","to":"2026-11-21","published":["stats 2026-11-21"]}`; code != 200 || body != want {
		t.Errorf("%d %s\nwant %s", code, body, want)
	}
	if len(w.requests) > 0 || strings.Contains(strings.Join(w.store.Names(), " "), "/overdue/") {
		t.Errorf("requests %v, objects %v", w.requests, w.store.Names())
	}
}

// A load that failed or was never submitted has no event to recover: an instance reads it once.
func TestAFailedLoadIsReadOnce(t *testing.T) {
	w := lateWorld(t, statsModel())
	c := w.coordinator()
	old := w.load("kit", "2026-11-21", map[string]string{"kit_subscribers": "k"})
	old.LoadID = "20261122T060000000Z-a"
	w.staging[0].LoadID = old.LoadID
	if err := c.ledger.RecordArrivals(t.Context(), old, w.now()); err != nil {
		t.Fatal(err)
	}
	w.stage("kit", partition.MustParse("2026-11-21"), map[string]string{"kit_subscribers": "never loaded"})
	w.staging[1].LoadID = "20261122T070000000Z-b"
	s := w.sweeper(c)
	for range 3 {
		if code, body := postSweep(s, http.MethodPost, ""); code != 200 || strings.Contains(body, "found") {
			t.Errorf("%d %s", code, body)
		}
	}
	if w.filesRead != 1 {
		t.Errorf("the staged files were read %d times", w.filesRead)
	}
}

// A load also loads earlier days, and some of its events may have come: only the missing ones are
// recovered.
func TestOnlyTheMissingEventsAreRecovered(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-20", Only: []string{"medium"}}, func() time.Time { return clock().Add(time.Hour) })
	c := w.coordinator()
	day := partition.MustParse("2026-11-21")
	today := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "s", "medium_story_days": "d"})
	yesterday := w.load("medium", "2026-11-20", map[string]string{"medium_story_days": "e"})
	w.staging[0].LoadID = "20261122T070000000Z-a"
	w.staging[0].files = append(w.staging[0].files, w.staging[1].files...)
	for i, f := range w.staging[0].files {
		w.warehouse.Done(f.LoadJob(w.staging[0].LoadID), append(today.Tables, yesterday.Tables...)[i])
	}
	w.staging = w.staging[:1]
	known := today
	known.LoadID, known.Tables = w.staging[0].LoadID, today.Tables[:1]
	if err := c.ledger.RecordArrivals(t.Context(), known, w.now()); err != nil {
		t.Fatal(err)
	}
	swept, err := w.sweeper(c).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []event.Event{yesterday, today}
	want[0].LoadID, want[1].LoadID, want[1].Tables = known.LoadID, known.LoadID, today.Tables[1:]
	if diff := cmp.Diff(want, swept.Recovered, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if v, err := w.sweeper(c).list(t.Context(), swept); err != nil || len(missing(v, w.pipeline.Sources["medium"], day)) > 0 {
		t.Errorf("%v: still missing", err)
	}
}

// While it is unknown what has been loaded, nothing is reported as overdue; targets are reconciled
// anyway.
func TestWhatMayHaveArrivedIsNotReported(t *testing.T) {
	for _, point := range []string{"loads kit", "wait load_kit_subscribers"} {
		w := lateWorld(t, statsModel())
		c := w.coordinator()
		w.load("kit", "2026-11-21", map[string]string{"kit_subscribers": "k"})
		w.staging[0].LoadID = "20261122T070000000Z-a"
		e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "s", "medium_story_days": "d"})
		if err := c.ledger.RecordArrivals(t.Context(), e, w.now()); err != nil {
			t.Fatal(err)
		}
		w.hook = func(_ context.Context, at string) coordtest.Fault {
			if strings.HasPrefix(at, point) {
				return coordtest.Fail
			}
			return coordtest.None
		}
		w.warehouse.Hook = w.hook
		s := w.sweeper(c)
		code, body := postSweep(s, http.MethodPost, "")
		if code != 503 || !strings.Contains(body, `"published":["stats 2026-11-21"]`) || strings.Contains(body, "overdue") || len(w.requests) > 0 {
			t.Errorf("fault at %s: %d %s, requests %v", point, code, body, w.requests)
		}
	}
}

// A failed report or load request is an error, and a sweep after the end of the claim repeats it.
func TestAFailedReportIsRepeatedLater(t *testing.T) {
	for _, point := range []string{"publish kit", "request kit",
		"create partitions/2026-11-21/overdue/kit/000002", "create partitions/2026-11-21/overdue/kit/000004"} {
		synctest.Test(t, func(t *testing.T) {
			begun, repaired := time.Now(), false
			w := newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"kit"}},
				func() time.Time { return clock().Add(2*time.Hour + time.Since(begun)) })
			w.hook = func(_ context.Context, at string) coordtest.Fault {
				if !repaired && strings.HasPrefix(at, point) {
					return coordtest.Fail
				}
				return coordtest.None
			}
			s := w.sweeper(w.coordinator())
			if code, body := postSweep(s, http.MethodPost, ""); code != 503 {
				t.Errorf("fault at %s: %d %s", point, code, body)
			}
			repaired = true
			time.Sleep(claimLease)
			if code, body := postSweep(s, http.MethodPost, ""); code != 200 {
				t.Errorf("repaired: %d %s", code, body)
			}
			if len(w.queue) < 1 || len(w.requests) != 1 {
				t.Errorf("fault at %s: in the end %d reports, requests %v", point, len(w.queue), w.requests)
			}
		})
	}
}

// A listing that shows the report of an arrival, but not the arrival, does not make it overdue again.
func TestAReportIsNotOlderThanTheOneBefore(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"kit"}}, func() time.Time { return clock().Add(2 * time.Hour) })
	c := w.coordinator()
	run := func(c *Coordinator, want int) {
		t.Helper()
		swept, err := w.sweeper(c).Run(t.Context())
		if err != nil || len(swept.Overdue) != want {
			t.Errorf("%d reports, want %d: %+v, %v", len(swept.Overdue), want, swept.Overdue, err)
		}
	}
	run(c, 1) // it is overdue
	before := w.store.Names()
	if err := c.ledger.RecordArrivals(t.Context(), w.load("kit", "2026-11-21", map[string]string{"kit_subscribers": "k"}), w.now()); err != nil {
		t.Fatal(err)
	}
	run(c, 1) // it has arrived
	late := w.coordinator()
	late.ledger = ledger.New(&lagging{staleStore: staleStore{w.store, before}}, "late")
	run(late, 0)
}

// lagging hides recent arrivals until the record of a report is read.
type lagging struct {
	staleStore
	read atomic.Bool
}

func (l *lagging) Read(ctx context.Context, name string) ([]byte, error) {
	if strings.Contains(name, "/overdue/") {
		l.read.Store(true)
	}
	return l.Store.Read(ctx, name)
}

func (l *lagging) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	if l.read.Load() {
		return l.Store.List(ctx, prefix, from, to)
	}
	return l.staleStore.List(ctx, prefix, from, to)
}

// A sweep reports what is overdue even if a model runs longer than its request.
func TestALongRunDoesNotDelayReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w := newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"kit", "medium"}},
			func() time.Time { return clock().Add(2*time.Hour + time.Since(begun)) }, statsModel())
		release := make(chan struct{})
		w.warehouse.Hook = func(_ context.Context, at string) coordtest.Fault {
			if strings.HasPrefix(at, "execute stage") {
				<-release
			}
			return coordtest.None
		}
		c := w.coordinator()
		e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "s", "medium_story_days": "d"})
		if err := c.ledger.RecordArrivals(t.Context(), e, w.now()); err != nil {
			t.Fatal(err)
		}
		code, body := postSweep(w.sweeper(c), http.MethodPost, "")
		if code != http.StatusTooManyRequests || !strings.Contains(body, "raw.kit_subscribers") || len(w.requests) != 1 {
			t.Errorf("%d %s, requests %v", code, body, w.requests)
		}
		close(release)
		if code, body := postSweep(w.sweeper(c), http.MethodPost, ""); code != 200 || !strings.Contains(body, `"published":["stats 2026-11-21"]`) {
			t.Errorf("released: %d %s", code, body)
		}
	})
}

// A log line that needs a person says what, since when, what it blocks, what was tried, and the command to
// run.
func TestLogLinesSayWhatToDo(t *testing.T) {
	w := lateWorld(t, statsModel(), coordtest.Model(manifest.Model{Name: "growth", Grain: partition.Daily,
		Inputs: []manifest.Input{daily("raw.kit_subscribers", manifest.Same)}}, "v1"), coordtest.Model(manifest.Model{Name: "total",
		Grain: partition.Daily, Inputs: []manifest.Input{daily("mart.stats", manifest.Same)}}, "v1"))
	var out bytes.Buffer
	c := w.coordinator()
	c.Project, c.Log = "my-mart", slog.New(slog.NewJSONHandler(&out, nil))
	e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "broken stats", "medium_story_days": "d"})
	w.settle(c, e)
	if code, body := postSweep(w.sweeper(c), http.MethodPost, ""); code != 200 {
		t.Fatalf("%d %s", code, body)
	}
	lines := map[string]map[string]any{}
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(err)
		}
		delete(fields, "time")
		delete(fields, "fingerprint")
		delete(fields, "took")
		lines[fields["msg"].(string)] = fields
	}
	for message, want := range map[string]map[string]any{
		"overdue": {"level": "ERROR", "msg": "overdue", "source": "kit", "partition": "2026-11-21", "due": "2026-11-22T10:00:00Z", "requests": 0.0,
			"tables": []any{"raw.kit_subscribers"}, "lost": nil, "blocks": []any{"growth 2026-11-21"},
			"hint":    "its load is requested again automatically, up to 5 times; if that does not help, see the log of function kit",
			"command": "go run ./scripts/rollcall load --source kit --date 2026-11-21 --project my-mart"},
		"requested again": {"level": "INFO", "msg": "requested again", "source": "kit", "partition": "2026-11-21",
			"tables": []any{"raw.kit_subscribers"}, "requests": 1.0},
		"run ended": {"level": "ERROR", "msg": "run ended", "model": "stats", "partition": "2026-11-21", "state": "failed", "attempt": 1.0,
			"reason": lines["run ended"]["reason"], "failures": nil, "begun": "2026-11-22T10:00:00Z", "blocks": []any{"total 2026-11-21"},
			"hint": "correct the SQL and deploy, or correct the data and load again: the model then runs automatically; to run it unchanged: " +
				"go run ./scripts/rollcall replay --date 2026-11-21 --model stats --project my-mart",
			"command": "go run ./scripts/rollcall explain stats 2026-11-21 --project my-mart"},
	} {
		if diff := cmp.Diff(want, lines[message]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", message, diff)
		}
	}
}

// A report says why the newest load failed. The same reason is an error once: after that, the end of the requests is only a
// warning. A load that was refused is requested again like any other, and what was accepted of it ends the case.
func TestAReportSaysWhyTheLoadFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w := newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"medium"}},
			func() time.Time { return clock().Add(2*time.Hour + time.Since(begun)) })
		var out bytes.Buffer
		c := w.coordinator()
		c.Log = slog.New(slog.NewJSONHandler(&out, nil))
		s := w.sweeper(c)
		var got []string
		sweep := func(wait time.Duration) {
			t.Helper()
			time.Sleep(wait)
			out.Reset()
			swept, err := s.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(out.String()) {
				var l struct{ Level, Msg, Code, Reason string }
				if err := json.Unmarshal([]byte(line), &l); err != nil {
					t.Fatal(err)
				}
				if l.Msg != "requested again" {
					got = append(got, strings.Join([]string{l.Level, l.Msg, l.Code, l.Reason}, " "))
				}
			}
			for _, e := range swept.Overdue {
				if f := e.Late.Failure; f != nil {
					got = append(got, fmt.Sprintf("  event: %s, %s, attempt %d, %t: %s", f.Code, f.Reason, f.Attempt, f.Acceptable, e.Late.Command))
				}
			}
		}
		w.fail("medium", "2026-11-21", "Medium answers 403", nil)
		sweep(0)
		rows := map[string]string{"medium_stories": "s", "medium_story_days": "d"}
		time.Sleep(time.Second)
		w.fail("medium", "2026-11-21", "60 rows became 1", rows)
		sweep(15 * time.Minute)
		for range 70 {
			sweep(15 * time.Minute)
		}
		accepted := w.load("medium", "2026-11-21", rows)
		accepted.LoadID += event.AcceptedSuffix
		accepted.Accepted = &event.Acceptance{By: "ana", At: w.now(), LoadID: w.staging[1].LoadID}
		w.settle(c, accepted)
		sweep(15 * time.Minute)
		want := []string{
			"ERROR overdue failed Medium answers 403",
			"  event: failed, Medium answers 403, attempt 1, false: go run ./scripts/rollcall load --source medium --date 2026-11-21",
			"ERROR overdue volume 60 rows became 1",
			"  event: volume, 60 rows became 1, attempt 1, true: go run ./scripts/rollcall load --source medium --date 2026-11-21 --accept",
			"WARN overdue volume 60 rows became 1",
			"  event: volume, 60 rows became 1, attempt 1, true: go run ./scripts/rollcall load --source medium --date 2026-11-21 --accept",
			"INFO arrived late  ",
		}
		if diff := cmp.Diff(want, got); diff != "" || len(w.requests) != overdue.MaxRequests {
			t.Errorf("%d requests (-want +got):\n%s", len(w.requests), diff)
		}
	})
}

// A failure that cannot be read now is an error of its source alone; one that cannot be decoded is reported as that.
func TestAFailureThatCannotBeReadHidesNothing(t *testing.T) {
	w := lateWorld(t, statsModel())
	w.fail("kit", "2026-11-21", "Kit answers 401", nil)
	w.hook = func(_ context.Context, at string) coordtest.Fault {
		if at == "failure kit" {
			return coordtest.Fail
		}
		return coordtest.None
	}
	s := w.sweeper(w.coordinator())
	if code, body := postSweep(s, http.MethodPost, ""); code != 503 || !strings.Contains(body, "medium_stories") || strings.Contains(body, `"source":"kit"`) {
		t.Errorf("while it cannot be read: %d %s", code, body)
	}
	w.hook = nil
	w.torn = true
	if code, body := postSweep(s, http.MethodPost, ""); code != 200 || !strings.Contains(body, `"code":"unknown"`) {
		t.Errorf("torn: %d %s", code, body)
	}
	w.torn = false
	w.staging[0].LoadID = "20261122T070000000Z-aaaaaaaa"
	*w.staging[0].failure = stage.Failure{} // of null
	if code, body := postSweep(s, http.MethodPost, ""); code != 200 || !strings.Contains(body, `"at":"2026-11-22T07:00:00Z"`) ||
		!strings.Contains(body, `"reason":"it gives no reason"`) {
		t.Errorf("null: %d %s", code, body)
	}
}

// The lost event of an accepted load is byte for byte the one that its source published, and a load whose jobs have
// succeeded is recovered although it recorded a failure afterwards. Rows that were refused have no event.
func TestAnAcceptedLoadIsRecoveredAsItWas(t *testing.T) {
	w := lateWorld(t, statsModel())
	rows := map[string]string{"medium_stories": "s", "medium_story_days": "d"}
	refused := w.fail("medium", "2026-11-21", "60 rows became 1", map[string]string{"medium_stories": "x", "medium_story_days": "y"})
	for _, f := range refused.failure.Load.Files { // as if a job had run
		w.warehouse.Done(f.LoadJob(refused.LoadID), event.Table{Table: "raw." + f.Table, LoadedAt: w.now()})
	}
	published := w.load("medium", "2026-11-21", rows)
	staged := &w.staging[1]
	staged.LoadID = "20261122T070000000Z-b" + event.AcceptedSuffix
	staged.accepted = &event.Acceptance{By: "ana", Reason: "cleaned the list", At: w.now(), LoadID: refused.LoadID, Refused: []string{"60 rows became 1"}}
	staged.failure = &stage.Failure{Code: "failed", Reason: "publish: connection reset"}
	published.LoadID, published.Accepted = staged.LoadID, staged.accepted
	for i, f := range staged.files {
		w.warehouse.Done(f.LoadJob(staged.LoadID), published.Tables[i])
	}
	swept, err := w.sweeper(w.coordinator()).Run(t.Context())
	if err != nil || len(swept.Recovered) != 1 {
		t.Fatalf("recovered %+v, %v", swept.Recovered, err)
	}
	want, err := published.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := swept.Recovered[0].Encode(); err != nil || string(got) != string(want) {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}

// A failure counts while it is the newest load of its partition, and no load since has brought all of its tables.
func TestAFailureCountsUntilALoadMakesUpForIt(t *testing.T) {
	day := partition.MustParse("2026-11-21")
	for _, tc := range []struct {
		name  string
		loads string // of medium for the day, in order: failed, complete, torn (it has neither record)
		later string // tables that a later load of the next day has brought
		want  bool
	}{
		{"it is the newest", "failed", "", true},
		{"it follows a complete one", "complete failed", "", true},
		{"a complete one follows", "failed complete", "", false},
		{"one that was interrupted follows", "failed torn", "", true},
		{"the next day's load brought the window table", "failed", "medium_story_days", true},
		{"the next day's load brought all", "failed", "medium_stories medium_story_days", false},
	} {
		w := lateWorld(t)
		c := w.coordinator()
		for n, kind := range strings.Fields(tc.loads) {
			switch kind {
			case "failed":
				w.fail("medium", "2026-11-21", "Medium answers 403", nil)
			case "complete":
				w.stage("medium", day, map[string]string{"medium_stories": "s", "medium_story_days": "d"})
			default:
				continue
			}
			w.staging[len(w.staging)-1].LoadID = fmt.Sprintf("20261122T0%d0000000Z-x", n)
		}
		if tc.later != "" {
			tables := map[string]string{}
			for table := range strings.FieldsSeq(tc.later) {
				tables[table] = "x"
			}
			e := w.load("medium", "2026-11-21", tables)
			w.staging = w.staging[:len(w.staging)-1]
			if err := c.ledger.RecordArrivals(t.Context(), e, w.now()); err != nil {
				t.Fatal(err)
			}
		}
		facts, err := c.ReadFacts(t.Context(), []partition.Partition{day})
		if err != nil {
			t.Fatal(err)
		}
		if _, got := facts.Failures[explain.SourcePartition{Source: "medium", Partition: day}]; got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}
