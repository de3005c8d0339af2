package coordinator

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

func statsModel() *manifest.Model {
	return coordtest.Model(manifest.Model{Name: "stats", Grain: partition.Daily,
		Inputs: []manifest.Input{daily("raw.medium_stories", manifest.Same)}}, "v1")
}

// A request that is not a push is refused before anything is touched.
func TestARequestThatIsNotAPushIsRefused(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
	c := w.coordinator()
	for _, r := range []struct {
		method, body string
		want         int
		says         string
	}{
		{http.MethodGet, "", 405, "POST"},
		{http.MethodPost, "", 400, "not a Pub/Sub push envelope"},
		{http.MethodPost, "hello", 400, "not a Pub/Sub push envelope"},
		{http.MethodPost, `{"message":{"data":"e30="}}`, 400, "message.messageId"},
		{http.MethodPost, `{"message":{"data":"%%","messageId":"1"},"subscription":"s"}`, 400, "not a Pub/Sub push envelope"},
	} {
		rec := httptest.NewRecorder()
		c.ServeHTTP(rec, httptest.NewRequest(r.method, "/", strings.NewReader(r.body)))
		if rec.Code != r.want || !strings.Contains(rec.Body.String(), r.says) {
			t.Errorf("%s %q: %d %s", r.method, r.body, rec.Code, rec.Body)
		}
	}
	if len(w.store.Names()) > 0 || len(w.deadLetters) > 0 {
		t.Errorf("objects %v, dead letters %v", w.store.Names(), w.deadLetters)
	}
}

// An event that can never be used goes to the dead letters, with the reason and its origin, and is
// acknowledged.
func TestUnusableEventsGoToTheDeadLetters(t *testing.T) {
	const table = `"tables":[{"table":"raw.medium_stories","rows":1,"digest":"` +
		`0000000000000000000000000000000000000000000000000000000000000000","loaded_at":"2026-11-22T06:00:00Z"}]`
	for data, reason := range map[string]string{
		`{`: "not the JSON",
		`{"version":2,"type":"loaded","source":"medium","partition":"2026-11-21","load_id":"a",` + table + `}`:                "version 2",
		`{"version":1,"type":"loaded","source":"medium","partition":"21.11.2026","load_id":"a",` + table + `}`:                "21.11.2026",
		`{"version":1,"type":"loaded","source":"substack","partition":"2026-11-21","load_id":"a",` + table + `}`:              "no such source, only [drops kit medium stripe]; add it",
		`{"version":1,"type":"loaded","source":"kit","partition":"2026-11-21","load_id":"a",` + table + `}`:                   "raw.medium_stories is not one of its tables [raw.kit_subscribers]",
		`{"version":1,"type":"loaded","source":"medium","partition":"2026-11","load_id":"a",` + table + `}`:                   "its partitions are daily",
		`{"version":1,"type":"materialized","source":"stats","partition":"2026-11-21","load_id":"a",` + table + `}`:           "raw.medium_stories is not one of its tables [mart.stats]",
		`{"version":1,"type":"materialized","source":"unknown","partition":"2026-11-21","load_id":"a",` + table + `}`:         "no model has this name",
		`{"version":1,"type":"loaded","source":"` + strings.Repeat("x", 5000) + `","partition":"","load_id":"a","tables":[]}`: "no partition",
	} {
		w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
		c := w.coordinator()
		if code := push(c, []byte(data)); code != http.StatusNoContent {
			t.Errorf("%.200s: answer %d", data, code)
		}
		if len(w.deadLetters) != 1 || len(w.store.Names()) > 0 {
			t.Fatalf("%.200s: dead letters %v, objects %v", data, w.deadLetters, w.store.Names())
		}
		attributes := w.deadLetters[0]
		if !strings.Contains(attributes["reason"], reason) || len(attributes["reason"]) > 1024 ||
			attributes["subscription"] != "projects/p/subscriptions/coordinator" || attributes["message_id"] != "m1" {
			t.Errorf("%.200s: %v\nwant a reason with %q", data, attributes, reason)
		}
	}
}

// Pub/Sub accepts 1,024 bytes in an attribute, and only valid text.
func TestALongReasonIsCutBetweenCharacters(t *testing.T) {
	for _, reason := range []string{strings.Repeat("ä", 999), "x" + strings.Repeat("ä", 999)} {
		got := deadLetter(event.Push{}, reason)["reason"]
		if len(got) > 1024 || !utf8.ValidString(got) || !strings.HasPrefix(got, reason[:1001]) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
	}
}

// An event is acknowledged only once its dead letter is published.
func TestAnEventWhoseDeadLetterFailsIsRedelivered(t *testing.T) {
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
	w.hook = func(_ context.Context, point string) coordtest.Fault {
		if point == "dead letter" {
			return coordtest.Fail
		}
		return coordtest.None
	}
	if code := push(w.coordinator(), []byte(`{`)); code != http.StatusServiceUnavailable {
		t.Errorf("answer %d", code)
	}
}

// After any fault the answer makes Pub/Sub deliver the event again, and the next delivery completes the
// work.
func TestAFaultMakesPubSubRedeliver(t *testing.T) {
	for _, point := range []string{"create partitions/2026-11-21/arrivals", "list ", "create partitions/2026-11-21/runs", "submit stage",
		"wait audit", "execute publish", "create partitions/2026-11-21/runs/stats/000002", "publish stats"} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
			var repaired atomic.Bool
			w.hook = func(_ context.Context, at string) coordtest.Fault {
				if !repaired.Load() && strings.HasPrefix(at, point) {
					return coordtest.Fail
				}
				return coordtest.None
			}
			w.warehouse.Hook = w.hook
			c := w.coordinator()
			e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "x"})
			if code := deliver(c, e); code != http.StatusServiceUnavailable {
				t.Errorf("fault at %s: answer %d", point, code)
			}
			repaired.Store(true)
			w.settle(c, e)
			if got := w.warehouse.Contents()["mart.stats"][e.Partition]; got == "" {
				t.Errorf("fault at %s: nothing was published in the end", point)
			}
		})
	}
}

// A run that takes longer than its request is answered 429. The next delivery finds the same jobs and their
// outcome.
func TestARunLongerThanTheRequestIsCarriedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
		release := make(chan struct{})
		w.warehouse.Hook = func(_ context.Context, at string) coordtest.Fault {
			if strings.HasPrefix(at, "execute stage") {
				<-release
			}
			return coordtest.None
		}
		c := w.coordinator()
		e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "x"})
		for range 3 {
			if code := deliver(c, e); code != http.StatusTooManyRequests {
				t.Fatalf("answer %d", code)
			}
		}
		close(release)
		if code := deliver(c, e); code != http.StatusNoContent {
			t.Fatalf("answer %d", code)
		}
		if n := len(w.warehouse.Jobs()); n != 4 {
			t.Errorf("%d jobs: %v", n, w.warehouse.Jobs())
		}
	})
}

func TestInvalidLimitsAreReportedTogether(t *testing.T) {
	if err := DefaultLimits().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	err := Limits{Deadline: 1, Lease: 0, Attempts: 0, Parallel: 100, MaxBytesBilled: 1}.Validate()
	for _, name := range []string{"DEADLINE", "LEASE", "ATTEMPTS", "PARALLEL", "MAX_BYTES_BILLED"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01"}, clock, statsModel())
	if _, err := New(Limits{}, Deps{Manifest: w.manifest, Pipeline: w.pipeline}); err == nil {
		t.Error("New accepted a coordinator without limits")
	}
}
