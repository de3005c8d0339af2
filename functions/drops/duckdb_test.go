package drops

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/functions/drops/dropstest"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source/sourcetest"
)

// A warehouse loads every staged column, and the rows add up to the creator's month.
func TestAWarehouseHoldsTheMonth(t *testing.T) {
	c := creator.New(7)
	d := newDesk(t)
	d.Deps.Warehouse = sourcetest.OpenDuckDB(t, d.Client)
	d.serve()
	d.drop("drops/medium/2025-03/stories.json", copiedAnswer(c, march))
	d.drop("drops/medium/earnings.json", dropstest.Earnings(c, march))
	d.drop("drops/medium/earnings.json", dropstest.Earnings(c, march)) // and again, which replaces
	sums := map[string]int64{}
	for _, m := range c.Download(march) {
		sums["stories"]++
		sums["views"] += m.Views
		sums["hundredths"] += int64(m.Earned)
		if m.Earned != 0 {
			sums["earning"]++
		}
	}
	want := map[string]any{}
	for key, sum := range sums {
		want[key] = sum
	}
	got := d.Query(t, `SELECT COUNT(*) AS stories, CAST(SUM(views) AS BIGINT) AS views,
		(SELECT COUNT(*) FROM raw.drops_medium_earnings WHERE month = DATE '2025-03-01') AS earning,
		(SELECT CAST(SUM(amount_cents) * 100 AS BIGINT) FROM raw.drops_medium_earnings) AS hundredths
		FROM raw.drops_medium_stories WHERE month = DATE '2025-03-01'`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
