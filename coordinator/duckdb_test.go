package coordinator

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// fileMart is a mart over a DuckDB file.
type fileMart struct {
	*mart
	path   string
	driver *duckdb.Driver
}

// open opens the file, as a process does when it starts.
func (f *fileMart) open() {
	f.t.Helper()
	var err error
	if f.driver, err = duckdb.Open(f.t.Context(), duckdb.Options{Path: f.path, Open: f.read}); err != nil {
		f.t.Fatal(err)
	}
	f.begin("2026-10-30", f.driver)
}

func (f *fileMart) close() {
	if err := f.driver.Close(); err != nil {
		f.t.Error(err)
	}
}

// rows returns the rows of a SELECT, one line each.
func (f *fileMart) rows(text string) []string {
	f.t.Helper()
	rows, err := f.driver.Query(f.t.Context(), text, nil, 100)
	if err != nil {
		f.t.Fatal(err)
	}
	var list []string
	for _, row := range rows {
		list = append(list, fmt.Sprint(row["line"]))
	}
	return list
}

const (
	selectDays    = `SELECT concat_ws(' ', day, viewers, readers, earnings) AS line FROM mart.story_days ORDER BY day`
	selectRevenue = `SELECT concat_ws(' ', month, currency, stream, gross, fees, net) AS line FROM mart.revenue ORDER BY currency, stream`
	selectFresh   = `SELECT concat_ws(' ', model, grain, newest_partition, row_count, published_at = last_published_at) AS line
		FROM mart.freshness ORDER BY model`
)

// The real models run on what sources load. Restated partitions run again, published by copy or by MERGE. A
// failed audit keeps the last good version. A process that opens the file later finds nothing to do.
func TestTheRealModelsRunOverAFile(t *testing.T) {
	f := &fileMart{mart: newMart(t), path: filepath.Join(t.TempDir(), "warehouse.duckdb")}
	f.open()
	defer func() { f.close() }()

	f.want("the first day", f.settle(f.load("medium", "medium_story_days", "2026-10-31", storyDay(20, 10, "150"))),
		"story_days 2026-10-31 succeeded")
	f.want("the month's other day", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(10, 5, "50"))),
		"aggregate_engagement 2026-10 succeeded", "boost_effect 2026-10 succeeded", // there are no story_stats; latest does not wait
		"story_days 2026-10-30 succeeded", "story_months 2026-10 succeeded")
	f.want("and its transactions", f.settle(f.load("stripe", "stripe_balance_transactions", "2026-10",
		transaction("t1", "eur", "charge", 1000, 59), transaction("t2", "jpy", "charge", 900, 36))), "revenue 2026-10 succeeded")
	f.want("story_days", f.rows(selectDays), "2026-10-30 10 5 0.500000000", "2026-10-31 20 10 1.500000000")
	f.want("revenue", f.rows(selectRevenue),
		"2026-10-01 EUR stripe 10.000000000 0.590000000 9.410000000", "2026-10-01 JPY stripe 900.000000000 36.000000000 864.000000000",
		"2026-10-01 USD medium 2.000000000 0.000000000 2.000000000")
	f.want("freshness", f.rows(selectFresh),
		"aggregate_engagement monthly 2026-10-01 1 true", "boost_effect monthly 2026-10-01 1 true",
		"revenue monthly 2026-10-01 3 true", "story_days daily 2026-10-31 1 false", "story_months monthly 2026-10-01 1 true")

	f.want("restated with the same numbers", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(10, 5, "50"))))
	f.want("a transaction that was removed", f.settle(f.load("stripe", "stripe_balance_transactions", "2026-10",
		transaction("t1", "eur", "charge", 2000, 59))), "revenue 2026-10 succeeded")
	f.want("revenue", f.rows(selectRevenue),
		"2026-10-01 EUR stripe 20.000000000 0.590000000 19.410000000", "2026-10-01 USD medium 2.000000000 0.000000000 2.000000000")
	f.want("restated", f.settle(f.load("medium", "medium_story_days", "2026-10-30", storyDay(11, 5, "50"))),
		"aggregate_engagement 2026-10 succeeded", "boost_effect 2026-10 succeeded", "revenue 2026-10 succeeded",
		"story_days 2026-10-30 succeeded", "story_months 2026-10 succeeded")

	bad := f.settle(f.load("medium", "medium_story_days", "2026-10-31", storyDay(-20, 10, "150")))
	if !slices.Contains(bad, "story_days 2026-10-31 audit_failed") || strings.Contains(strings.Join(bad, ","), "story_months") {
		t.Errorf("after a load with -20 viewers there ran %v", bad)
	}
	f.want("story_days", f.rows(selectDays), "2026-10-30 11 5 0.500000000", "2026-10-31 20 10 1.500000000")

	var log bytes.Buffer
	f.log = &log
	f.begin("2026-10-30", f.driver)
	odd := f.settle(f.load("medium", "medium_story_days", "2026-10-31", storyDay(1, 11, "150")))
	if !slices.Contains(odd, "story_days 2026-10-31 succeeded") {
		t.Errorf("after a load with 11 readers and 1 viewer there ran %v", odd)
	}
	if line := regexp.MustCompile(`level=WARN msg="run ended" model=story_days partition=2026-10-31 .*readers <= viewers`); !line.MatchString(log.String()) {
		t.Errorf("the log does not warn of more readers than viewers:\n%s", log.String())
	}
	f.want("story_days, without a ratio", f.rows(`SELECT concat_ws(' ', day, viewers, readers, read_ratio) AS line FROM mart.story_days ORDER BY day`),
		"2026-10-30 11 5 0.4545", "2026-10-31 1 11")

	f.settle(f.load("medium", "medium_story_days", "2026-10-31"))
	f.want("story_days, of a day without rows", f.rows(selectDays), "2026-10-30 11 5 0.500000000")

	last := f.load("medium", "medium_story_days", "2026-10-31", storyDay(21, 10, "150"))
	f.settle(last)
	f.close()
	f.open()
	f.want("opened again", f.settle(last))
	if err := f.c.Sweep(t.Context(), partition.MustParse("2026-10-30"), partition.MustParse("2026-10-31")); err != nil || len(f.ran) > 0 {
		t.Errorf("a sweep ran %v, %v", f.ran, err)
	}
	f.want("story_days", f.rows(selectDays), "2026-10-30 11 5 0.500000000", "2026-10-31 21 10 1.500000000")
}
