package medium

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/source/sourcetest"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// What is staged is what a warehouse takes: every column of every table, and the sums of the creator's days.
func TestAWarehouseHoldsWhatTheCreatorTells(t *testing.T) {
	c, _, src := setUp(t)
	rig := sourcetest.New(t, asOf, src.Secrets...)
	db, err := duckdb.Open(t.Context(), duckdb.Options{
		Path: filepath.Join(t.TempDir(), "warehouse.duckdb"),
		Open: func(ctx context.Context, uri string) (io.ReadCloser, error) {
			bucket, object, _ := strings.Cut(strings.TrimPrefix(uri, "gs://"), "/")
			return rig.Client.Bucket(bucket).Object(object).ReadCompressed(true).NewReader(ctx)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	rig.Deps.Warehouse = db
	rig.Serve(source.NewRunner(src, rig.Deps).Handler())
	rig.Load(t, "")
	rig.Load(t, "") // and again, which replaces

	var stories, rows, viewers, earned int64
	for _, s := range c.Stories(asOf) {
		stories++
		earned += int64(c.Lifetime(s.ID, asOf).Earnings)
	}
	for _, p := range window(newest) {
		for _, r := range creatorDays(c, p) {
			rows++
			viewers += r.Viewers
		}
	}
	const sql = `SELECT
		(SELECT COUNT(*) FROM raw.medium_stories) AS stories,
		(SELECT CAST(SUM(earnings) * 10000 AS BIGINT) FROM raw.medium_stories) AS earned,
		(SELECT COUNT(*) FROM raw.medium_story_days) AS rows,
		(SELECT CAST(SUM(viewers) AS BIGINT) FROM raw.medium_story_days) AS viewers,
		(SELECT COUNT(*) FROM raw.medium_account_days) AS accounts`
	if _, err := warehouse.Run(t.Context(), db, warehouse.Job{ID: "check", Query: &warehouse.Query{SQL: sql}}); err != nil {
		t.Fatal(err)
	}
	got, err := db.Rows(t.Context(), "check", 1)
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]int64{"stories": stories, "earned": earned, "rows": rows, "viewers": viewers, "accounts": 1} {
		if got[0][column] != want {
			t.Errorf("%s: the warehouse has %v, the creator %d", column, got[0][column], want)
		}
	}
}
