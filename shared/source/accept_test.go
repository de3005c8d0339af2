package source_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

func TestAcceptLoadsTheVeryRowsThatWereRefused(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-20", "1-900"))
	w.refuses(w.on("2026-11-21", "1-540"), "volume", "to 540")
	refused := w.failure("2026-11-21")
	w.lists[part("2026-11-21")] = "1-3" // the service is not asked
	a := w.passes(w.accept("2026-11-21"))
	w.loaded("2026-11-21", "1-540")
	want := &event.Acceptance{
		By: "ada@laptop", Reason: "cleaned the list", LoadID: refused.LoadID, Refused: []string{refused.Refusals[0].Reason},
	}
	e := w.Events()[1]
	if want.At = e.Accepted.At; !gocmp.Equal(want, e.Accepted) || want.At.IsZero() {
		t.Errorf("event: %s", gocmp.Diff(want, e.Accepted))
	}
	if !gocmp.Equal(a.Accepted, e.Accepted) || !strings.HasSuffix(e.LoadID, event.AcceptedSuffix) || a.LoadID != e.LoadID {
		t.Errorf("answer %+v, event %+v", a, e)
	}
	t.Run("a second acceptance loads nothing else", func(t *testing.T) {
		jobs := w.Loads()
		if again := w.passes(w.accept("2026-11-21")); again.LoadID != a.LoadID || w.Loads() != jobs {
			t.Errorf("%+v, %d jobs, before %d", again, w.Loads(), jobs)
		}
		if last := w.Events()[2]; !reflect.DeepEqual(last, e) {
			t.Errorf("event %+v, want %+v again", last, e)
		}
	})
	t.Run("the same rows stay accepted, also if a crash kept them from the warehouse before", func(t *testing.T) {
		if b := w.passes(w.on("2026-11-21", "1-540")); !gocmp.Equal(b.Accepted, a.Accepted) || b.LoadID == a.LoadID {
			t.Errorf("%+v, want it accepted as before", b)
		}
	})
	t.Run("a later read of the day is judged by what was accepted", func(t *testing.T) {
		w.passes(w.on("2026-11-21", "1-538"))
		w.passes(w.on("2026-11-21", "1-536"))
		w.refuses(w.on("2026-11-21", "1-300"), "volume", "fell from 540 rows in the load before to 300")
		w.passes(w.on("2026-11-21", "1-541"))
		w.passes(w.on("2026-11-22", "1-530"))
	})
}

// While a person looks at what was refused, a sweep may have the source read again.
func TestAcceptLoadsOnlyRowsThatWereSeen(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-20", "1-900"))
	w.refuses(w.on("2026-11-21", "1-540"), "volume", "to 540")
	seen := w.failure("2026-11-21").LoadID
	w.refuses(w.on("2026-11-21", "1-5"), "volume", "to 5")
	accept := func(id string) answer {
		return w.asked(fmt.Sprintf(`{"partition":"2026-11-21","accept":true,"by":"ada","load_id":%q}`, id))
	}
	if a := accept(seen); a.Status != 422 || !strings.Contains(a.Error, "was read again since load "+seen) || len(w.Events()) != 1 {
		t.Errorf("rows that nobody has seen: %+v", a)
	}
	seen = w.failure("2026-11-21").LoadID
	w.passes(accept(seen))
	w.passes(accept(seen)) // again
	w.loaded("2026-11-21", "1-5")
}

func TestRowsThatAreNoLongerStagedAreNotAccepted(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-20", "1-900"))
	w.refuses(w.on("2026-11-21", "1-540"), "volume", "to 540")
	for _, f := range w.failure("2026-11-21").Load.Files {
		for _, uri := range f.URIs {
			name := strings.TrimPrefix(uri, "gs://"+w.Deps.Staging.BucketName()+"/")
			if err := w.Deps.Staging.Object(name).Delete(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if a := w.accept("2026-11-21"); a.Status != 422 || !strings.Contains(a.Error, "no longer staged") {
		t.Errorf("%+v", a)
	}
	if loads, err := stage.Loads(t.Context(), w.Deps.Staging, "demo", part("2026-11-21"), part("2026-11-21")); len(loads) > 0 || err != nil {
		t.Errorf("complete are %v, %v; want none", loads, err)
	}
}

func TestNothingToAccept(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	nothing := func(p string) {
		t.Helper()
		jobs := w.Loads()
		if a := w.accept(p); a.Status != 422 || !strings.Contains(a.Error, "nothing of demo is refused for "+p) || w.Loads() != jobs {
			t.Errorf("%s: %+v", p, a)
		}
	}
	nothing("2026-11-20") // never loaded
	w.passes(w.on("2026-11-20", "1-60"))
	nothing("2026-11-20") // loaded
	w.extra = func(*source.Output, partition.Partition) error { return errors.New("connection reset") }
	w.on("2026-11-21", "1-60")
	nothing("2026-11-21") // failed before everything was read
	w.extra = nil
	w.refuses(w.on("2026-11-21", "1"), "volume", "")
	w.passes(w.on("2026-11-21", "1-61"))
	nothing("2026-11-21") // loaded since
	if a := w.accept("2026-11"); a.Status != 400 {
		t.Errorf("a month of a daily source: %+v", a)
	}
}

// Pruned on Monday, read on Thursday: one command loads four days, each with its own rows.
func TestDaysRefusedAfterwardsAreJudgedAgain(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-15", "1-900"))
	for i, p := range []string{"2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"} {
		w.refuses(w.on(p, fmt.Sprintf("1-%d", 540+i)), "volume", "fell from 900 rows on 2026-11-15")
	}
	w.refuses(w.on("2026-11-20", "1-5"), "volume", "fell from 900 rows on 2026-11-15") // this one is wrong
	a := w.passes(w.accept("2026-11-16"))
	var later []string
	for i, l := range a.Later {
		later = append(later, l.Partition.String())
		w.loaded(l.Partition.String(), fmt.Sprintf("1-%d", 541+i))
		if l.Accepted != nil || strings.HasSuffix(l.LoadID, event.AcceptedSuffix) {
			t.Errorf("%s passed by itself, and is called accepted", l.Partition)
		}
	}
	w.loaded("2026-11-16", "1-540")
	if want := "2026-11-17 2026-11-18 2026-11-19"; strings.Join(later, " ") != want {
		t.Errorf("loaded %v, want %s", later, want)
	}
	if got := w.Rows("demo_rows", "2026-11-20"); got != nil {
		t.Errorf("loaded %d rows of a day that is still refused", len(got))
	}
	if f := w.failure("2026-11-20"); f.Refusals[0].From != 543 || f.Attempt != 2 || f.Load == nil {
		t.Errorf("%+v, want it refused by the day before as it is now", f)
	}
	w.passes(w.accept("2026-11-20"))
	w.loaded("2026-11-20", "1-5")
}

// A snapshot of the past cannot be read again. To ask for it once more does not take away what a person can accept.
func TestPastSnapshotThatWasRefusedStaysAcceptable(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-15", "1-900"))
	w.refuses(w.on("2026-11-16", "1-540"), "volume", "fell from 900 rows on 2026-11-15")
	w.now = part("2026-11-18").End()
	for range 2 {
		w.refuses(w.asked(`{"partition":"2026-11-16"}`), "volume", "fell from 900 rows on 2026-11-15")
	}
	if f := w.failure("2026-11-16"); f.Attempt != 3 || f.Load == nil {
		t.Errorf("%+v, want a third failure that can be accepted", f)
	}
	w.passes(w.accept("2026-11-16"))
	w.loaded("2026-11-16", "1-540")
	w.passes(w.asked(`{"partition":"2026-11-16"}`)) // from staging, and no longer refused
	w.loaded("2026-11-16", "1-540")
}

// What a source doubts for its own reasons is not settled by another day.
func TestASourcesOwnRefusalOfALaterDayStays(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-15", "1-900"))
	w.refuses(w.on("2026-11-16", "1-540"), "volume", "")
	w.extra = func(out *source.Output, p partition.Partition) error {
		out.Refuse(stage.Refusal{Code: "early", Reason: "the month has not ended"})
		return nil
	}
	w.refuses(w.on("2026-11-17", "1-540"), "early", "the month has not ended; raw.demo_rows 2026-11-17 fell from 900")
	if a := w.passes(w.accept("2026-11-16")); len(a.Later) != 0 {
		t.Errorf("loaded %+v", a.Later)
	}
	w.passes(w.accept("2026-11-17"))
	w.loaded("2026-11-17", "1-540")
}

// An acceptance that an error or a crash ends at any step goes on when it is repeated.
func TestAnInterruptedAcceptanceGoesOn(t *testing.T) {
	for _, crash := range []bool{false, true} {
		for n := 1; ; n++ {
			w := newWorld(t, daily, snapshot)
			w.passes(w.on("2026-11-20", "1-900"))
			w.refuses(w.on("2026-11-21", "1-540"), "volume", "")
			w.refuses(w.on("2026-11-22", "1-541"), "volume", "")
			whole, steps := w.Deps, &steps{Driver: w.Deps.Warehouse, left: n}
			w.Deps.Warehouse = steps
			w.Deps.Publish = func(ctx context.Context, e event.Event) error {
				return cmp.Or(steps.step(), whole.Publish(ctx, e))
			}
			w.ServeSource(t, w.src)
			a := w.accept("2026-11-21")
			if a.Status == 200 {
				if n < 8 {
					t.Errorf("an acceptance has only %d steps", n)
				}
				break
			}
			if crash { // a process that dies records nothing
				w.forgetNewestFailure()
			}
			w.Deps.Warehouse, w.Deps.Publish = whole.Warehouse, whole.Publish
			w.ServeSource(t, w.src)
			w.passes(w.accept("2026-11-21"))
			w.loaded("2026-11-21", "1-540")
			w.now = w.now.Add(24 * time.Hour)
			if crash { // what it left complete is loaded by the next request, as after any crash
				w.passes(w.asked(`{"partition":"2026-11-22"}`))
			}
			w.loaded("2026-11-22", "1-541")
			accepted := map[string]bool{}
			for _, e := range w.Events() {
				accepted[e.Partition.String()] = e.Accepted != nil
			}
			want := map[string]bool{"2026-11-20": false, "2026-11-21": true, "2026-11-22": false}
			if diff := gocmp.Diff(want, accepted); diff != "" {
				t.Errorf("step %d, crash %v: events: %s", n, crash, diff)
			}
		}
	}
}

// steps is a warehouse that fails at one step.
type steps struct {
	warehouse.Driver
	left int
}

func (s *steps) step() error {
	if s.left--; s.left == 0 {
		return errors.New("connection reset")
	}
	return nil
}

func (s *steps) EnsureTable(ctx context.Context, def warehouse.Definition) error {
	return cmp.Or(s.step(), s.Driver.EnsureTable(ctx, def))
}

func (s *steps) Submit(ctx context.Context, job warehouse.Job) error {
	return cmp.Or(s.step(), s.Driver.Submit(ctx, job))
}

func (s *steps) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	if err := s.step(); err != nil {
		return warehouse.Status{}, err
	}
	return s.Driver.Wait(ctx, id)
}

// An older version never overwrites a newer one, though a person accepts it.
func TestAcceptLeavesWhatNewerLoadsHaveReplaced(t *testing.T) {
	w := newWorld(t, "cadence: daily, lookback: 2", events)
	w.passes(w.on("2026-11-20", "1-20"))
	w.lists[part("2026-11-20")] = "1-19"
	w.refuses(w.on("2026-11-21", "21-40"), "keys", "raw.demo_rows 2026-11-20 lacks 1 of the keys")
	w.lists[part("2026-11-21")] = "21-41"
	w.passes(w.on("2026-11-22", "42-50"))
	w.passes(w.accept("2026-11-21"))
	w.loaded("2026-11-20", "1-19")
	w.loaded("2026-11-21", "21-41")
	last := w.Events()[len(w.Events())-1]
	if last.Partition != part("2026-11-20") || last.Accepted == nil {
		t.Errorf("the acceptance published %+v", last)
	}

	w.lists[part("2026-11-20")] = "1-18"
	w.refuses(w.on("2026-11-21", "21-41"), "keys", "")
	w.passes(w.on("2026-11-20", "1-21"))
	w.passes(w.on("2026-11-22", "42-50"))
	if a := w.accept("2026-11-21"); a.Status != 422 || !strings.Contains(a.Error, "nothing of demo is refused") {
		t.Errorf("newer loads have replaced all of it: %+v", a)
	}
}

// A day that is loaded again from what was staged still says who accepted it.
func TestAnAcceptedDayThatIsLoadedAgainStillSaysSo(t *testing.T) {
	w := newWorld(t, daily, snapshot)
	w.passes(w.on("2026-11-20", "1-900"))
	w.refuses(w.on("2026-11-21", "1-540"), "volume", "")
	accepted := w.passes(w.accept("2026-11-21"))
	w.now = w.now.Add(72 * time.Hour)
	a := w.passes(w.asked(`{"partition":"2026-11-21"}`))
	if !reflect.DeepEqual(a.Accepted, accepted.Accepted) || !strings.HasSuffix(a.LoadID, event.AcceptedSuffix) || a.LoadID == accepted.LoadID {
		t.Errorf("%+v, want it accepted as before: %+v", a, accepted.Accepted)
	}
	w.loaded("2026-11-21", "1-540")
}

// A later day whose rows must be kept carries them over from the day as it is now.
func TestALaterDayCarriesOverWhatThenStands(t *testing.T) {
	w := newWorld(t, "cadence: daily, lookback: 2", days)
	w.lists[part("2026-11-20")] = "1-20"
	w.passes(w.on("2026-11-21", "1-20"))
	w.lists[part("2026-11-21")] = "1-12 30" // 30 is known on this day alone
	w.refuses(w.on("2026-11-22", "1-12"), "volume", "raw.demo_rows 2026-11-21 fell from 20 rows in the load before to 13")
	w.lists[part("2026-11-22")] = "1-11"
	w.refuses(w.on("2026-11-23", "1-11"), "volume", "raw.demo_rows 2026-11-22 to 2026-11-23 fell from 20 rows on 2026-11-21 to 11")
	a := w.passes(w.accept("2026-11-22"))
	if len(a.Later) != 1 {
		t.Fatalf("%+v", a)
	}
	w.loaded("2026-11-21", "1-20 30")
	w.loaded("2026-11-22", "1-12") // 12 left on the day after
	w.loaded("2026-11-23", "1-11")
}
