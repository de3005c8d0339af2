package kit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source/sourcetest"
)

// A warehouse loads every staged column, and the rows hold the creator's subscribers.
func TestAWarehouseHoldsEverySubscriber(t *testing.T) {
	const n = 100
	fake, _ := setUp(t, n, 1000)
	rig := sourcetest.RunIntoDuckDB(t, atOnce(t, fake), asOf)
	rig.Load(t, "")
	rig.Load(t, "") // and again, which replaces
	want := map[string]any{"rows": int64(0), "active": int64(0), "tags": int64(0), "portland": int64(0), "fields": int64(0), "states": int64(len(states))}
	count := func(key string, n int) { want[key] = want[key].(int64) + int64(n) }
	for s := range creator.NewWith(7, creator.Options{Subscribers: n}).Subscribers(asOf, 0) {
		count("rows", 1)
		count("tags", len(s.Tags))
		count("fields", len(s.Fields))
		if s.State == creator.Active {
			count("active", 1)
		}
		if s.Location != nil && s.Location.City == "Portland" {
			count("portland", 1)
		}
	}
	want["total"], want["reported"] = want["rows"], want["rows"]
	got := rig.Query(t, `SELECT COUNT(*) AS rows, COUNT(*) FILTER (state = 'active') AS active, CAST(SUM(LEN(tags)) AS BIGINT) AS tags,
		COUNT(*) FILTER (city = 'Portland') AS portland, CAST(SUM(LEN(JSON_KEYS(fields))) AS BIGINT) AS fields,
		(SELECT COUNT(*) FROM raw.kit_subscriber_totals) AS states,
		(SELECT CAST(SUM(subscribers) AS BIGINT) FROM raw.kit_subscriber_totals) AS total,
		(SELECT MAX(reported_total) FROM raw.kit_subscriber_totals) AS reported
		FROM raw.kit_subscribers WHERE snapshot_date = DATE '2026-11-21'`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
