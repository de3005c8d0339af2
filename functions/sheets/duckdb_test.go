package sheets

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source/sourcetest"
)

// A warehouse loads every staged column.
func TestAWarehouseHoldsTheSheet(t *testing.T) {
	_, src := setUp(t)
	rig := sourcetest.RunIntoDuckDB(t, src, asOf)
	rig.Load(t, "")
	rig.Load(t, "") // and again, which replaces
	sums := map[string]int64{}
	for _, row := range creator.New(7).Sheet(asOf) {
		sums["rows"]++
		if row.Boosted {
			sums["boosted"]++
		}
		if !row.BoostedOn.IsZero() {
			sums["dated"]++
		}
		if row.Note != "" {
			sums["noted"]++
		}
	}
	want := map[string]any{}
	for key, sum := range sums {
		want[key] = sum
	}
	got := rig.Query(t, `SELECT COUNT(*) AS rows, COUNT(*) FILTER (boosted) AS boosted, COUNT(boosted_on) AS dated, COUNT(note) AS noted
		FROM raw.sheets_boosts WHERE snapshot_date = DATE '2026-11-21'`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
