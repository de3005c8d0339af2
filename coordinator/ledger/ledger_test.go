package ledger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

var (
	day   = partition.MustParse("2026-11-21")
	model = &manifest.Model{Name: "story_days", Grain: partition.Daily, Materialized: manifest.Incremental}
	whole = &manifest.Model{Name: "stories", Grain: partition.Daily, Materialized: manifest.Table}
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

func loaded(p partition.Partition, id string, at time.Time, content string) event.Event {
	var d digest.Digest
	d.Add([]byte(content))
	return event.Event{Version: event.Version, Type: event.Loaded, Source: "medium", Partition: p, LoadID: id,
		Tables: []event.Table{{Table: "raw.medium_stories", Rows: 1, Digest: d.Sum(), LoadedAt: at}}}
}

func list(t testing.TB, l *ledger.Ledger, partitions ...partition.Partition) *ledger.View {
	t.Helper()
	v := &ledger.View{}
	if err := l.List(t.Context(), v, partitions); err != nil {
		t.Fatal(err)
	}
	return v
}

// A listing alone shows what an event reported, for any load id.
func TestArrivalsAreReadFromTheirNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := loaded(partition.Day(noon.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "day"))),
			rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9_-]{0,127}`).Draw(t, "load id"),
			noon.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "loaded at"))*time.Microsecond),
			rapid.String().Draw(t, "content"))
		l := ledger.New(&coordtest.Store{}, "w")
		if err := l.RecordArrivals(t.Context(), e, noon); err != nil {
			t.Fatal(err)
		}
		var v ledger.View
		if err := l.List(t.Context(), &v, []partition.Partition{e.Partition}); err != nil {
			t.Fatal(err)
		}
		got, _ := v.Newest("raw.medium_stories", e.Partition)
		want := ledger.Arrival{Table: "raw.medium_stories", Partition: e.Partition,
			LoadedAt: e.Tables[0].LoadedAt, LoadID: e.LoadID, Digest: e.Tables[0].Digest}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// The newest version is the one loaded last, in whatever order and however often the events come.
func TestTheNewestArrivalIsTheOneLoadedLast(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "w")
	for _, minute := range []int{2, 1, 3, 2, 1} {
		e := loaded(day, fmt.Sprint("load-", minute), noon.Add(time.Duration(minute)*time.Minute), fmt.Sprint(minute))
		if err := l.RecordArrivals(t.Context(), e, noon); err != nil {
			t.Fatal(err)
		}
	}
	v := list(t, l, day)
	if a, ok := v.Newest("raw.medium_stories", day); !ok || a.LoadID != "load-3" {
		t.Errorf("newest is %+v", a)
	}
	if n := len(v.Arrivals("raw.medium_stories", day)); n != 3 {
		t.Errorf("%d arrivals", n)
	}
}

// Neighbouring partitions cost one listing, also across months, and no listing returns names that were not wanted.
func TestNeighboursAreListedTogether(t *testing.T) {
	for _, c := range []struct {
		wanted string
		lists  int
	}{
		{"2026-11-21", 1},
		{"2026-11", 1},
		{"2026-11-20 2026-11-21 2026-11-22", 1},
		{"2026-11-21 2026-11-21", 1},
		{"2026-10-31 2026-11-01", 1},
		{"2026-10-31 2026-10", 1},
		{"2026-10 2026-11-01", 1},
		{"2026-11-20 2026-11-22", 2},
		{"2026-10 2026-11", 2},
		{"2026-11 2026-11-21", 2},
	} {
		store := &coordtest.Store{}
		l := ledger.New(store, "w")
		all := append(slices.Collect(partition.Range(partition.MustParse("2026-10-25"), partition.MustParse("2026-12-05"))),
			partition.MustParse("2026-10"), partition.MustParse("2026-11"), partition.MustParse("2026-12"))
		for _, p := range all {
			if err := l.RecordArrivals(t.Context(), loaded(p, "id", noon, "x"), noon); err != nil {
				t.Fatal(err)
			}
		}
		store.Calls()
		var wanted []partition.Partition
		for text := range strings.FieldsSeq(c.wanted) {
			wanted = append(wanted, partition.MustParse(text))
		}
		v := list(t, l, wanted...)
		if calls := store.Calls(); calls.List != c.lists {
			t.Errorf("%s: %d lists, not %d", c.wanted, calls.List, c.lists)
		}
		for _, p := range wanted {
			if _, ok := v.Newest("raw.medium_stories", p); !ok {
				t.Errorf("%s: %s is not seen", c.wanted, p)
			}
		}
		for _, p := range all {
			_, seen := v.Newest("raw.medium_stories", p)
			between := p.Grain() == partition.Monthly && len(wanted) == 2 // a month's folder may lie between two days
			if seen && !slices.Contains(wanted, p) && !between {
				t.Errorf("%s: %s is listed too", c.wanted, p)
			}
		}
	}
}

// All wanted partitions are listed completely.
func TestEveryWantedPartitionIsListed(t *testing.T) {
	store := &coordtest.Store{}
	l := ledger.New(store, "w")
	var all []partition.Partition
	for p := range partition.Range(partition.MustParse("2026-01-15"), partition.MustParse("2026-04-15")) {
		all = append(all, p)
	}
	for p := range partition.Range(partition.MustParse("2026-01"), partition.MustParse("2026-04")) {
		all = append(all, p)
	}
	for _, p := range all {
		if err := l.RecordArrivals(t.Context(), loaded(p, "id", noon, p.String()), noon); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		wanted := rapid.SliceOf(rapid.SampledFrom(all)).Draw(t, "wanted")
		var v ledger.View
		if err := l.List(t.Context(), &v, wanted); err != nil {
			t.Fatal(err)
		}
		for _, p := range all {
			_, seen := v.Newest("raw.medium_stories", p)
			if want := slices.Contains(wanted, p); want && !seen || v.Listed(p) && !seen {
				t.Fatalf("%s: wanted %v, listed %v, seen %v", p, want, v.Listed(p), seen)
			}
		}
	})
}

func TestALogGrowsByOneWriterAtATime(t *testing.T) {
	store := &coordtest.Store{}
	a, b := ledger.New(store, "a"), ledger.New(store, "b")
	for _, m := range []*manifest.Model{model, whole} {
		log := ledger.LogOf(m, day)
		first, err := a.Append(t.Context(), log, 1, ledger.Run{State: ledger.Started, Model: m.Name, Partition: day})
		if err != nil || first.Writer != "a" || first.Token == "" {
			t.Fatalf("%+v, %v", first, err)
		}
		if _, err := b.Append(t.Context(), log, 1, ledger.Run{}); !errors.Is(err, ledger.ErrTaken) {
			t.Errorf("the second writer's append is %v", err)
		}
		v := list(t, b, day)
		if m == whole {
			if err := b.ListLog(t.Context(), v, log); err != nil {
				t.Fatal(err)
			}
		}
		if v.Seq(log) != 1 {
			t.Errorf("%s: newest record is %d", log, v.Seq(log))
		}
		read, err := b.ReadRun(t.Context(), log, 1)
		if diff := cmp.Diff(first, read, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); err != nil || diff != "" {
			t.Errorf("read %v (-written +read):\n%s", err, diff)
		}
	}
}

// The log of a whole table spans its partitions; records that were listed once are not listed again.
func TestTheLogOfAWholeTableIsListedFromItsEnd(t *testing.T) {
	store := &coordtest.Store{}
	l := ledger.New(store, "a")
	log := ledger.LogOf(whole, day)
	if other := ledger.LogOf(whole, day.Add(1)); other != log {
		t.Fatalf("%s and %s", log, other)
	}
	for seq := 1; seq <= 3; seq++ {
		v := &ledger.View{}
		if err := l.ListLog(t.Context(), v, log); err != nil {
			t.Fatal(err)
		}
		if v.Seq(log) != seq-1 {
			t.Errorf("newest is %d, not %d", v.Seq(log), seq-1)
		}
		if _, err := l.Append(t.Context(), log, seq, ledger.Run{}); err != nil {
			t.Fatal(err)
		}
	}
}

// lossy creates every object, but returns an error as if the reply was lost.
type lossy struct{ ledger.Store }

func (s lossy) Create(ctx context.Context, name string, data []byte) error {
	if err := s.Store.Create(ctx, name, data); err != nil {
		return err
	}
	return s.Store.Create(ctx, name, data) // as a client does that repeats a request whose reply was lost
}

func TestACreateRepeatedAfterALostReplySucceeds(t *testing.T) {
	store := &coordtest.Store{}
	l := ledger.New(lossy{store}, "a")
	if _, err := l.Append(t.Context(), ledger.LogOf(model, day), 1, ledger.Run{State: ledger.Started}); err != nil {
		t.Errorf("append: %v", err)
	}
	if err := l.ResetEpoch(t.Context(), list(t, l, day), day, "", "me", "test", noon); err != nil {
		t.Errorf("reset: %v", err)
	}
	if err := l.RecordArrivals(t.Context(), loaded(day, "id", noon, "x"), noon); err != nil {
		t.Errorf("arrival: %v", err)
	}
}

// A reset raises the epoch by one: of the model that it names, or of all.
func TestAResetRaisesTheEpochByOne(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	stale := list(t, l, day)
	for _, c := range []struct {
		reset          string
		stats, another int
	}{{"", 1, 1}, {"stats", 2, 1}, {"", 3, 2}, {"stats", 4, 2}, {"another", 4, 3}} {
		if err := l.ResetEpoch(t.Context(), list(t, l, day), day, c.reset, "me", "numbers looked wrong", noon); err != nil {
			t.Fatal(err)
		}
		v := list(t, l, day)
		if stats, another := v.Epoch(day, "stats"), v.Epoch(day, "another"); stats != c.stats || another != c.another {
			t.Errorf("after a reset of %q: epochs %d and %d, not %d and %d", c.reset, stats, another, c.stats, c.another)
		}
	}
	for _, model := range []string{"", "stats"} {
		if err := l.ResetEpoch(t.Context(), stale, day, model, "you", "late", noon); !errors.Is(err, ledger.ErrTaken) {
			t.Errorf("a reset of %q that does not know of the others is %v", model, err)
		}
	}
	if err := l.ResetEpoch(t.Context(), stale, day.Add(1), "", "you", "unlisted", noon); err == nil {
		t.Error("a partition is reset that was never listed")
	}
}

// The inputs that a run counted have arrived, even if a listing does not show them yet.
func TestTheInputsOfARunHaveArrived(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	v := list(t, l, day)
	a := ledger.Arrival{Table: "raw.kit_subscribers", Partition: day, LoadedAt: noon, LoadID: "id"}
	elsewhere := a
	elsewhere.Partition = day.Add(1)
	v.AddRun(ledger.Run{Model: "stats", Partition: day, Epoch: 2, Inputs: []ledger.Arrival{a, a, elsewhere}})
	if n := len(v.Arrivals(a.Table, day)); n != 1 || v.Epoch(day, "stats") != 2 {
		t.Errorf("%d arrivals, epoch %d", n, v.Epoch(day, "stats"))
	}
	if epoch := v.Epoch(day, "another"); epoch != 0 {
		t.Errorf("another model is in epoch %d by what stats has counted", epoch)
	}
	if err := l.ResetEpoch(t.Context(), v, day, "stats", "me", "it counts what was listed", noon); err != nil {
		t.Error(err)
	}
	if v.Listed(elsewhere.Partition) {
		t.Error("a witness makes a partition listed")
	}
}

func TestInvalidNamesAreErrorsAndUnknownFoldersAreIgnored(t *testing.T) {
	for name, bad := range map[string]bool{
		"partitions/2026-11-21/arrivals/raw.a/nonsense.json":                        true,
		"partitions/2026-11-21/arrivals/raw.a/2026-11-22T06:00:00.000000Z--00.json": true,
		"partitions/2026-11-21/runs/a/1.json":                                       true,
		"partitions/2026-11-21/runs/a/000000.json":                                  true,
		"partitions/2026-11-21/runs/a/000001.txt":                                   true,
		"partitions/2026-11-21/epoch/first.json":                                    true,
		"partitions/2026-11-21/overdue/kit/1.json":                                  true,
		"partitions/2026-11-21/epoch/a/1.json":                                      true,
		"partitions/2026-11-21/holds/soon-a.json":                                   true,
		"partitions/2026-11-21/holds/2026-11-22T06:00:00.000000Z-.json":             true,
		"partitions/2026-11-21/holds/released-a.txt":                                true,
		"partitions/2026-11-21/notes/read me.txt":                                   false,
		"partitions/2026-11-21/runs/a/archive/000001.json":                          false,
	} {
		store := &coordtest.Store{}
		if err := store.Create(t.Context(), name, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		err := ledger.New(store, "a").List(t.Context(), &ledger.View{}, []partition.Partition{day})
		if (err != nil) != bad || bad && !strings.Contains(err.Error(), "move it out of the bucket") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARecordOfAnotherVersionIsRefused(t *testing.T) {
	store := &coordtest.Store{}
	log := ledger.LogOf(model, day)
	for i, data := range []string{`{"version":2}`, `not JSON`} {
		if err := store.Create(t.Context(), fmt.Sprintf("%s%06d.json", log, i+1), []byte(data)); err != nil {
			t.Fatal(err)
		}
		if run, err := ledger.New(store, "a").ReadRun(t.Context(), log, i+1); err == nil {
			t.Errorf("%s is read as %+v", data, run)
		}
	}
}

// Records never change, so an instance reads each once.
func TestRecordsAreReadOnce(t *testing.T) {
	store := &coordtest.Store{}
	log := ledger.LogOf(model, day)
	if _, err := ledger.New(store, "a").Append(t.Context(), log, 1, ledger.Run{}); err != nil {
		t.Fatal(err)
	}
	store.Calls()
	l := ledger.New(store, "b")
	for range 5 {
		if _, err := l.ReadRun(t.Context(), log, 1); err != nil {
			t.Fatal(err)
		}
	}
	if calls := store.Calls(); calls.Read != 1 {
		t.Errorf("%d reads", calls.Read)
	}
}

// An event of several tables is one event, and what counts is when it came, not when its tables were loaded.
func TestEventsAreReturnedOnceInTheOrderOfReceipt(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	late, early := loaded(day, "late", noon, "x"), loaded(day, "early", noon.Add(time.Hour), "y")
	late.Tables = append(late.Tables, event.Table{Table: "raw.medium_story_days", Digest: late.Tables[0].Digest, LoadedAt: noon})
	for e, at := range map[*event.Event]time.Duration{&late: 3 * time.Hour, &early: 2 * time.Hour} {
		if err := l.RecordArrivals(t.Context(), *e, noon.Add(at)); err != nil {
			t.Fatal(err)
		}
	}
	v := list(t, l, day)
	var arrivals []ledger.Arrival
	for _, table := range v.Tables(day) {
		arrivals = append(arrivals, v.Arrivals(table, day)...)
	}
	if len(arrivals) != 3 {
		t.Fatalf("%d arrivals, want 3", len(arrivals))
	}
	events, err := l.Events(t.Context(), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range events {
		ids = append(ids, r.Event.LoadID)
	}
	if diff := cmp.Diff([]string{"early", "late"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestResetsOfAModelIncludeThoseOfAllModels(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	reset := func(model, why string, after time.Duration) {
		t.Helper()
		v := list(t, l, day)
		if err := l.ResetEpoch(t.Context(), v, day, model, "me", why, noon.Add(after)); err != nil {
			t.Fatal(err)
		}
	}
	reset("story_days", "one", 0)
	reset("", "all", time.Hour)
	reset("revenue", "another", 2*time.Hour)
	reset("story_days", "again", 3*time.Hour)
	got, err := l.Resets(t.Context(), list(t, l, day), day, "story_days")
	if err != nil {
		t.Fatal(err)
	}
	why := []string{}
	for _, r := range got {
		why = append(why, r.Why)
	}
	if diff := cmp.Diff([]string{"one", "all", "again"}, why); diff != "" {
		t.Error(diff)
	}
	if _, err := l.Resets(t.Context(), &ledger.View{}, day, "story_days"); err == nil {
		t.Error("resets of what has not been listed are given")
	}
}

func TestAnArrivalIsReadAsItWasReceived(t *testing.T) {
	l := ledger.New(&coordtest.Store{}, "a")
	e := loaded(day, "l1", noon, "x")
	if err := l.RecordArrivals(t.Context(), e, noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	a, ok := list(t, l, e.Partition).Newest(e.Tables[0].Table, e.Partition)
	if !ok {
		t.Fatal("no arrival")
	}
	got, err := l.ReadArrival(t.Context(), a)
	want := ledger.ArrivalRecord{Version: ledger.Version, ReceivedAt: noon.Add(time.Minute), Event: e}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(partition.Partition{})); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Records in use stay in memory, however many others are read; those not used for long are read again.
func TestTheCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	const others = 10_000
	store := &coordtest.Store{}
	l := ledger.New(store, "a")
	log := func(i int) ledger.Log { return ledger.LogOf(&manifest.Model{Name: fmt.Sprint("m", i)}, day) }
	read := func(i int) int {
		t.Helper()
		store.Calls()
		run, err := l.ReadRun(t.Context(), log(i), 1)
		if err != nil || run.Attempt != i {
			t.Fatalf("%+v, %v", run, err)
		}
		return store.Calls().Read
	}
	for i := range others {
		if _, err := l.Append(t.Context(), log(i), 1, ledger.Run{Attempt: i}); err != nil {
			t.Fatal(err)
		}
		if n := read(0); n > 0 {
			t.Fatalf("after %d others the record was read again", i)
		}
	}
	if read(3) != 1 {
		t.Error("a record that was not used for long is still in memory")
	}
}

// A record that could not be read again is not written.
func TestARecordThatIsTooLargeIsRefused(t *testing.T) {
	store := &coordtest.Store{}
	run := ledger.Run{Partition: day, Inputs: make([]ledger.Arrival, 40_000)}
	for i := range run.Inputs {
		run.Inputs[i] = ledger.Arrival{Table: "raw.medium_stories", Partition: day, LoadedAt: noon, LoadID: "l1"}
	}
	_, err := ledger.New(store, "a").Append(t.Context(), ledger.LogOf(model, day), 1, run)
	if err == nil || !strings.Contains(err.Error(), "; fix: ") || len(store.Names()) > 0 {
		t.Errorf("error %v, objects %v", err, store.Names())
	}
}

// A record of a hand, or of another version, is refused or read as if what is null in it were missing.
func TestNullsInARecord(t *testing.T) {
	arrival := ledger.Arrival{Table: "raw.medium_stories", Partition: day, LoadedAt: noon, LoadID: "l1"}
	record, err := json.Marshal(ledger.Run{
		Version: ledger.Version, State: ledger.Failed, Model: model.Name, Partition: day, Fingerprint: "f", Inputs: []ledger.Arrival{arrival},
		Failures: []ledger.Failure{{Check: "not_null"}}, Jobs: []ledger.Job{{ID: "stage_1"}}, Published: &ledger.Published{Partition: day},
		OtherFailures: []ledger.End{{Partition: day}}, At: noon, Token: "t",
	})
	if err != nil {
		t.Fatal(err)
	}
	log, read := ledger.LogOf(model, day), 0
	for document := range upstreamtest.Nulls(record) {
		store := &coordtest.Store{}
		if err := store.Create(t.Context(), string(log)+"000001.json", document); err != nil {
			t.Fatal(err)
		}
		l := ledger.New(store, "a")
		run, err := l.ReadRun(t.Context(), log, 1)
		if err != nil {
			continue
		}
		read++
		v := list(t, l, day)
		v.AddRun(run)
		run.End()
	}
	if read == 0 {
		t.Error("no record was read")
	}
}
