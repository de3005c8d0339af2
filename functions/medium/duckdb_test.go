package medium

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/source/sourcetest"
)

// A warehouse loads every staged column of every table, and the sums are those of the creator's days.
func TestAWarehouseHoldsTheCreatorsDays(t *testing.T) {
	c, _, src := setUp(t)
	rig := sourcetest.RunIntoDuckDB(t, src, asOf)
	rig.Load(t, "")
	rig.Load(t, "") // and again, which replaces

	var stories, rows, viewers, earned int64
	for _, s := range c.Stories(asOf) {
		stories++
		earned += int64(c.Lifetime(s.ID, asOf).Earnings)
	}
	for _, p := range window(t, newest) {
		for _, r := range creatorDays(c, p) {
			rows++
			viewers += r.Viewers
		}
	}
	got := rig.Query(t, `SELECT
		(SELECT COUNT(*) FROM raw.medium_stories) AS stories,
		(SELECT CAST(SUM(earnings) * 10000 AS BIGINT) FROM raw.medium_stories) AS earned,
		(SELECT COUNT(*) FROM raw.medium_story_days) AS rows,
		(SELECT CAST(SUM(viewers) AS BIGINT) FROM raw.medium_story_days) AS viewers,
		(SELECT COUNT(*) FROM raw.medium_account_days) AS accounts`)
	want := map[string]any{"stories": stories, "earned": earned, "rows": rows, "viewers": viewers, "accounts": int64(1)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
