package backfill

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/ledger/ledgertest"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

var day = partition.MustParse

// past is a source whose past a property draws: what has arrived, and what is staged.
type past struct {
	scene
	source *pipeline.Source
	store  *ledgertest.Memory
}

const lastDay = "2026-03-02"

// drawPast draws a source of a lookback, a scope that ends before or with the newest partition, and arrivals before the backfill.
func drawPast(t *rapid.T) *past {
	grain := rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Monthly}).Draw(t, "grain")
	p := &past{store: &ledgertest.Memory{}, source: &pipeline.Source{
		Name: "s", Cadence: grain, Lookback: rapid.IntRange(1, 4).Draw(t, "lookback"), Tables: map[string]*pipeline.Table{},
	}}
	for i, reads := range rapid.SliceOfN(rapid.SampledFrom([]pipeline.Reads{pipeline.Window, pipeline.Snapshot}), 1, 3).Draw(t, "tables") {
		p.source.Tables[fmt.Sprint("s_", i)] = &pipeline.Table{Reads: reads}
	}
	p.now = day(lastDay).End().Add(9 * time.Hour)
	p.since = p.now
	to := partition.NewestComplete(grain, p.now).Add(-rapid.IntRange(0, 3).Draw(t, "days ago"))
	from := to.Add(-rapid.IntRange(0, 9).Draw(t, "length"))
	p.scope = days.Scope{From: partition.Day(from.Start()), To: partition.Day(to.End().Add(-1))}
	p.scope.Months = days.MonthsOf(p.scope.From, p.scope.To)
	p.snapshots = map[string]map[partition.Partition]bool{"s": {}}
	p.view = &ledger.View{}
	for q := range partition.Range(from, to) {
		p.snapshots["s"][q] = rapid.Bool().Draw(t, "staged")
		for _, table := range p.source.SortedTables() {
			if rapid.Bool().Draw(t, "arrived") {
				p.arrive(t, []plan.TablePartition{{Table: table, Partition: q}}, p.since.Add(-time.Hour))
			}
		}
	}
	return p
}

// arrive records that tables were loaded, and reads the ledger anew.
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
	if err := l.List(t.Context(), p.view, p.scope.Partitions(p.source.Cadence)); err != nil {
		t.Fatal(err)
	}
}

// brings is what a request for a partition loads: see shared/source. It is written apart from errandFor on purpose.
func (p *past) brings(q partition.Partition) (list []plan.TablePartition) {
	newest := partition.NewestComplete(p.source.Cadence, p.now)
	for name, t := range p.source.Tables {
		switch {
		case t.Reads == pipeline.Window:
			for n := range p.source.Lookback {
				list = append(list, plan.TablePartition{Table: "raw." + name, Partition: q.Add(-n)})
			}
		case q == newest || p.snapshots["s"][q]:
			list = append(list, plan.TablePartition{Table: "raw." + name, Partition: q})
		}
	}
	return list
}

// Everything of the scope that can be had is asked for and nothing beside it, no request is made twice, and none would do
// with fewer.
func TestTheFewestRequestsBringAllThatCanBeHad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPast(t)
		e := errandFor(p.source, p.scene)
		partitions := p.scope.Partitions(p.source.Cadence)
		coverage := func(requests []partition.Partition) map[plan.TablePartition]bool {
			got := map[plan.TablePartition]bool{}
			for _, q := range requests {
				for _, w := range p.brings(q) {
					got[w] = true
				}
			}
			return got
		}
		var wants []plan.TablePartition
		possible := coverage(partitions)
		for _, w := range e.wants {
			_, arrived := p.view.Newest(w.Table, w.Partition)
			window := p.source.Table(w.Table).Reads == pipeline.Window
			want := lost
			switch {
			case window || !arrived && possible[w.TablePartition]:
				want = asked
				wants = append(wants, w.TablePartition)
			case arrived:
				want = stands
			}
			if w.fate != want {
				t.Fatalf("%s is %s, want %s", w.TablePartition, w.fate, want)
			}
		}
		for w := range coverage(e.requests) {
			if !slices.Contains(e.brings(), w) {
				t.Fatalf("%s may come, and the plan leaves it out", w)
			}
		}
		if n := len(partitions) * len(p.source.Tables); len(e.wants) != n {
			t.Fatalf("%d tables' partitions, want %d", len(e.wants), n)
		}
		enough := func(requests []partition.Partition) bool {
			got := coverage(requests)
			return !slices.ContainsFunc(wants, func(w plan.TablePartition) bool { return !got[w] })
		}
		if !enough(e.requests) {
			t.Fatalf("%v do not bring all of %v", e.requests, wants)
		}
		for i, q := range e.requests {
			if !slices.Contains(partitions, q) || i > 0 && e.requests[i-1].Compare(q) >= 0 {
				t.Fatalf("%v are not in order, each once, of %v", e.requests, partitions)
			}
		}
		for subset := range 1 << len(partitions) {
			var some []partition.Partition
			for i, q := range partitions {
				if subset&(1<<i) != 0 {
					some = append(some, q)
				}
			}
			if len(some) < len(e.requests) && enough(some) {
				t.Fatalf("%v would do, and not %v", some, e.requests)
			}
		}
	})
}

// A backfill that ends after any of its requests, and is begun again, asks for the others and no more, and comes to the same end.
func TestGoingOnAsksForTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPast(t)
		first := errandFor(p.source, p.scene)
		done := rapid.IntRange(0, len(first.requests)).Draw(t, "requests done")
		var came []plan.TablePartition
		for _, q := range first.requests[:done] {
			came = append(came, p.brings(q)...)
		}
		p.arrive(t, came, p.since.Add(time.Minute))
		p.now = p.now.Add(time.Hour)
		rest := errandFor(p.source, p.scene)
		if fmt.Sprint(rest.requests) != fmt.Sprint(first.requests[done:]) {
			t.Fatalf("after %v of %v, %v are asked for", first.requests[:done], first.requests, rest.requests)
		}
		for _, q := range rest.requests {
			p.arrive(t, p.brings(q), p.since.Add(2*time.Minute))
		}
		end := errandFor(p.source, p.scene)
		if len(end.requests) > 0 {
			t.Fatalf("in the end %v are left", end.requests)
		}
		for i, w := range end.wants {
			was := first.wants[i].fate
			if was == asked && w.fate != loaded || was == lost && w.fate != lost || was == stands && w.fate == asked {
				t.Fatalf("%s was %s, and in the end is %s", w.TablePartition, was, w.fate)
			}
		}
	})
}
