package coordinator

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/shared/event"
)

// Where the clock of a warehouse or a publisher is ahead, a model that reads what was announced may have read the version
// before, so it runs again. It does so once, when the announced time has come, however often the event is delivered.
func TestALoadedAtAheadOfTheClockCostsFewJobs(t *testing.T) {
	const oneRun = 4 // jobs: stage, audit, publish, freshness
	for _, tc := range []struct {
		ahead      time.Duration
		content    string
		jobs       int
		deliveries int // at most
	}{
		{0, "new", oneRun, 1},
		{5 * time.Second, "new", 2 * oneRun, 1},
		{50 * time.Minute, "new", 2 * oneRun, 14},
		{50 * time.Minute, "bad stats", 2 * 2, 14},    // stage and audit
		{50 * time.Minute, "broken stats", 2 * 2, 14}, // stage, and a fence
	} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			w := newWorld(t, coordtest.Setting{Start: "2026-11-20"}, func() time.Time { return clock().Add(time.Since(begun)) }, statsModel())
			c := w.coordinator()
			w.settle(c, w.load("medium", "2026-11-21", map[string]string{"medium_stories": "old"}))
			time.Sleep(time.Hour)
			jobs, objects := len(w.warehouse.Jobs()), len(w.store.Names())
			e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": tc.content})
			e.Tables[0].LoadedAt = w.now().Add(tc.ahead).UTC().Truncate(time.Microsecond)
			deliveries, took := deliverWithBackoff(t, w, c, e)
			if jobs = len(w.warehouse.Jobs()) - jobs; jobs != tc.jobs || deliveries > tc.deliveries {
				t.Errorf("%s ahead, %q: %d jobs in %d deliveries, want %d in %d at most", tc.ahead, tc.content, jobs, deliveries, tc.jobs, tc.deliveries)
			}
			if objects = len(w.store.Names()) - objects; objects > 8 {
				t.Errorf("%s ahead, %q: %d objects in the ledger", tc.ahead, tc.content, objects)
			}
			if took < tc.ahead || took > tc.ahead+15*time.Minute {
				t.Errorf("%s ahead, %q: settled after %s", tc.ahead, tc.content, took)
			}
		})
	}
}

// deliverWithBackoff delivers an event, and what is published meanwhile, as the subscription's retry policy says.
func deliverWithBackoff(t *testing.T, w *world, c *Coordinator, e event.Event) (deliveries int, took time.Duration) {
	t.Helper()
	begun := w.now()
	for pause := 10 * time.Second; deliveries < 100; pause = min(2*pause, 10*time.Minute) {
		deliveries++
		code := deliver(c, e)
		w.settle(c)
		if code == http.StatusNoContent {
			return deliveries, w.now().Sub(begun)
		}
		time.Sleep(pause)
	}
	t.Fatal("the event becomes a dead letter")
	return 0, 0
}

// What is too far ahead is no event yet, whichever way it comes: to the subscription, out of the dead letters, or from a
// sweep that finds its load.
func TestAnEventTooFarAheadBecomesUsableInTime(t *testing.T) {
	now := clock().Add(time.Hour)
	w := newWorld(t, coordtest.Setting{Start: "2026-11-21", Only: []string{"medium"}}, func() time.Time { return now }, statsModel())
	c := w.coordinator()
	e := w.load("medium", "2026-11-21", map[string]string{"medium_stories": "s", "medium_story_days": "d"})
	for i := range e.Tables {
		e.Tables[i].LoadedAt = now.Add(2 * time.Hour)
		w.warehouse.Done(w.staging[0].files[i].LoadJob(e.LoadID), e.Tables[i])
	}
	data, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if code := push(c, data); code != http.StatusNoContent || len(w.deadLetters) != 1 {
		t.Errorf("answer %d, dead letters %v", code, w.deadLetters)
	}
	now = now.Add(59 * time.Minute) // the load is old enough to be recovered
	s := w.sweeper(c)
	for range 2 {
		if code, body := postSweep(s, http.MethodPost, ""); code != http.StatusOK || strings.Contains(body, "recovered") {
			t.Errorf("sweep: %d %s", code, body)
		}
	}
	if err := c.CheckMessage(data); err == nil || !strings.Contains(err.Error(), "was loaded at 2026-11-22T11:00:00Z, but it is 2026-11-22T09:59:00Z") {
		t.Errorf("message: %v", err)
	}
	if names := w.store.Names(); len(w.warehouse.Jobs()) > 0 || strings.Contains(strings.Join(names, " "), "/arrivals/") {
		t.Errorf("jobs %v, objects %v", w.warehouse.Jobs(), names)
	}
	now = now.Add(time.Minute)
	if err := c.CheckMessage(data); err != nil {
		t.Errorf("message: %v", err)
	}
	if code, body := postSweep(s, http.MethodPost, ""); code != http.StatusOK || !strings.Contains(body, "recovered") {
		t.Errorf("sweep: %d %s", code, body)
	}
	if got := w.warehouse.Contents()["mart.stats"][e.Partition]; got == "" {
		t.Error("nothing is published")
	}
}
