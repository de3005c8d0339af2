package coordinator

import (
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// A month without the file of an optional table is complete: nothing is overdue, and its readers run without it. When the
// file comes, they run again.
func TestAnOptionalTableIsNeitherOverdueNorWaitedFor(t *testing.T) {
	month := partition.MustParse("2026-11")
	input := func(table string) manifest.Input {
		return manifest.Input{Table: table, Grain: partition.Monthly, Mapping: manifest.Same}
	}
	revenue := coordtest.Model(manifest.Model{Name: "revenue", Grain: partition.Monthly,
		Inputs: []manifest.Input{input("raw.drops_stories"), input("raw.drops_earnings")}}, "v1")
	long := func() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) }
	w := newWorld(t, coordtest.Setting{Start: "2026-11-01", Only: []string{"drops"}}, long)
	w.manifest.Models = []*manifest.Model{revenue}
	w.pipeline.Sources["drops"].Tables["drops_earnings"] = &pipeline.Table{
		Name: "drops_earnings", Reads: pipeline.Window, Optional: true,
	}
	w.warehouse = coordtest.NewWarehouse(w.manifest, w.pipeline.StartDay(), long)
	c := w.coordinator()
	for n, tables := range []map[string]string{{"drops_stories": "s"}, {"drops_earnings": "e"}} {
		w.settle(c, w.load("drops", month.String(), tables))
		swept, err := w.sweeper(c).Run(t.Context())
		if err != nil || len(swept.Overdue) > 0 {
			t.Errorf("after %v: overdue %v, %v", tables, swept.Overdue, err)
		}
		facts, err := c.ReadFacts(t.Context(), []partition.Partition{month})
		if err != nil {
			t.Fatal(err)
		}
		if records := facts.View.Seq(ledger.LogOf(revenue, month)); records != 2*(n+1) {
			t.Errorf("after %v: %d records of runs, want %d runs that started and succeeded", tables, records, n+1)
		}
		o := facts.Overview([]partition.Partition{month})
		if !o.Complete || o.Rows[0].Sources["drops"] != explain.Arrived || len(o.Problems) > 0 {
			t.Errorf("after %v: %+v", tables, o)
		}
	}
}
