package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// past is a source with a drawn history: what has arrived and what is staged.
type past struct {
	source     *pipeline.Source
	store      *coordtest.Store
	view       *ledger.View
	partitions []partition.Partition        // in scope
	staged     map[partition.Partition]bool // with staged snapshots
	since, now time.Time
}

func (p *past) plan() plan.RequestPlan {
	return plan.Requests(p.source, p.partitions, p.view, p.staged, p.since, p.now)
}

const lastDay = "2026-03-02"

// drawPast draws a source with a lookback, partitions up to the newest, and arrivals before the work began.
func drawPast(t *rapid.T) *past {
	grain := rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Monthly}).Draw(t, "grain")
	p := &past{store: &coordtest.Store{}, source: &pipeline.Source{
		Name: "s", Cadence: grain, Lookback: rapid.IntRange(1, 4).Draw(t, "lookback"), Tables: map[string]*pipeline.Table{},
	}}
	for i, reads := range rapid.SliceOfN(rapid.SampledFrom([]pipeline.Reads{pipeline.Window, pipeline.Snapshot}), 1, 3).Draw(t, "tables") {
		p.source.Tables[fmt.Sprint("s_", i)] = &pipeline.Table{Reads: reads}
	}
	p.now = partition.MustParse(lastDay).End().Add(9 * time.Hour)
	p.since = p.now
	to := partition.NewestComplete(grain, p.now).Add(-rapid.IntRange(0, 3).Draw(t, "days ago"))
	from := to.Add(-rapid.IntRange(0, 9).Draw(t, "length"))
	p.partitions = slices.Collect(partition.Range(from, to))
	p.staged = map[partition.Partition]bool{}
	p.view = &ledger.View{}
	for q := range partition.Range(from, to) {
		p.staged[q] = rapid.Bool().Draw(t, "staged")
		for _, table := range p.source.SortedTables() {
			if rapid.Bool().Draw(t, "arrived") {
				p.arrive(t, []plan.TablePartition{{Table: table, Partition: q}}, p.since.Add(-time.Hour))
			}
		}
	}
	return p
}

// arrive records that tables were loaded, and reads the ledger again.
func (p *past) arrive(t *rapid.T, list []plan.TablePartition, at time.Time) {
	l := ledger.New(p.store, "test")
	for _, w := range list {
		e := event.Event{Version: event.Version, Type: event.Loaded, Source: "s", Partition: w.Partition, LoadID: "l",
			Tables: []event.Table{{Table: w.Table, LoadedAt: at}}}
		if err := l.RecordArrivals(t.Context(), e, at); err != nil {
			t.Fatal(err)
		}
	}
	p.view = &ledger.View{}
	if err := l.List(t.Context(), p.view, p.partitions); err != nil {
		t.Fatal(err)
	}
}

// loads returns what a request for a partition loads, as shared/source does. It does not share code with Requests on
// purpose.
func (p *past) loads(q partition.Partition) (list []plan.TablePartition) {
	newest := partition.NewestComplete(p.source.Cadence, p.now)
	for name, t := range p.source.Tables {
		switch {
		case t.Reads == pipeline.Window:
			for n := range p.source.Lookback {
				list = append(list, plan.TablePartition{Table: "raw." + name, Partition: q.Add(-n)})
			}
		case q == newest || p.staged[q]:
			list = append(list, plan.TablePartition{Table: "raw." + name, Partition: q})
		}
	}
	return list
}

// All obtainable partitions in scope are requested and no others, no request is repeated, and fewer requests are not
// enough.
func TestTheFewestRequestsLoadAllThatIsObtainable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPast(t)
		e := p.plan()
		partitions := p.partitions
		coverage := func(requests []partition.Partition) map[plan.TablePartition]bool {
			got := map[plan.TablePartition]bool{}
			for _, q := range requests {
				for _, w := range p.loads(q) {
					got[w] = true
				}
			}
			return got
		}
		var wants []plan.TablePartition
		possible := coverage(partitions)
		for _, w := range e.Tables {
			_, arrived := p.view.Newest(w.Table, w.Partition)
			window := p.source.Table(w.Table).Reads == pipeline.Window
			want := plan.Unobtainable
			switch {
			case window || !arrived && possible[w.TablePartition]:
				want = plan.Needed
				wants = append(wants, w.TablePartition)
			case arrived:
				want = plan.Kept
			}
			if w.Status != want {
				t.Fatalf("%s is %s, want %s", w.TablePartition, w.Status, want)
			}
		}
		for w := range coverage(e.Requests) {
			if !slices.Contains(e.Loads(), w) {
				t.Fatalf("%s would be loaded, but the plan does not list it", w)
			}
		}
		if n := len(partitions) * len(p.source.Tables); len(e.Tables) != n {
			t.Fatalf("%d tables' partitions, want %d", len(e.Tables), n)
		}
		enough := func(requests []partition.Partition) bool {
			got := coverage(requests)
			return !slices.ContainsFunc(wants, func(w plan.TablePartition) bool { return !got[w] })
		}
		if !enough(e.Requests) {
			t.Fatalf("%v do not load all of %v", e.Requests, wants)
		}
		for i, q := range e.Requests {
			if !slices.Contains(partitions, q) || i > 0 && e.Requests[i-1].Compare(q) >= 0 {
				t.Fatalf("%v are not in order, each once, of %v", e.Requests, partitions)
			}
		}
		for subset := range 1 << len(partitions) {
			var some []partition.Partition
			for i, q := range partitions {
				if subset&(1<<i) != 0 {
					some = append(some, q)
				}
			}
			if len(some) < len(e.Requests) && enough(some) {
				t.Fatalf("%v are enough, the plan has %v", some, e.Requests)
			}
		}
	})
}

// A backfill that stops after any of its requests and is started again requests only the others, with the same result.
func TestAResumedBackfillRequestsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPast(t)
		first := p.plan()
		done := rapid.IntRange(0, len(first.Requests)).Draw(t, "requests done")
		var came []plan.TablePartition
		for _, q := range first.Requests[:done] {
			came = append(came, p.loads(q)...)
		}
		p.arrive(t, came, p.since.Add(time.Minute))
		p.now = p.now.Add(time.Hour)
		rest := p.plan()
		if fmt.Sprint(rest.Requests) != fmt.Sprint(first.Requests[done:]) {
			t.Fatalf("after %v of %v, %v are requested", first.Requests[:done], first.Requests, rest.Requests)
		}
		for _, q := range rest.Requests {
			p.arrive(t, p.loads(q), p.since.Add(2*time.Minute))
		}
		end := p.plan()
		if len(end.Requests) > 0 {
			t.Fatalf("at the end %v are left", end.Requests)
		}
		for i, w := range end.Tables {
			was := first.Tables[i].Status
			if was == plan.Needed && w.Status != plan.Loaded || was == plan.Unobtainable && w.Status != plan.Unobtainable ||
				was == plan.Kept && w.Status == plan.Needed {
				t.Fatalf("%s was %s, and in the end is %s", w.TablePartition, was, w.Status)
			}
		}
	})
}

func TestNeighbouringPartitionsAreJoined(t *testing.T) {
	var inputs []plan.TablePartition
	for _, text := range []string{
		"mart.a 2026-10-30", "mart.a 2026-10-31", "mart.a 2026-11-01", "mart.a 2026-11-03", "mart.b 2026-11-04", "raw.c 2026-10", "raw.c 2026-11",
	} {
		table, p, _ := strings.Cut(text, " ")
		inputs = append(inputs, plan.TablePartition{Table: table, Partition: partition.MustParse(p)})
	}
	got := plan.Spans(inputs, false)
	want := []string{"mart.a 2026-10-30 to 2026-11-01", "mart.a 2026-11-03", "mart.b 2026-11-04", "raw.c 2026-10 to 2026-11"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
