package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

const small = `
name: test
timezone: America/New_York
start: 2026-01-01
sources:
  kit:
    description: d
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    tables:
      kit_totals: {description: d, reads: snapshot}
  stripe:
    description: d
    cadence: monthly
    due: "3d 09:30"
    lookback: 2
    tables:
      stripe_transactions: {description: d, reads: window, cluster_by: [currency]}
`

func parse(t *testing.T, text string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseFillsInNamesAndDefaults(t *testing.T) {
	p := parse(t, small)
	kit, stripe := p.Sources["kit"], p.Sources["stripe"]
	if kit.Name != "kit" || kit.Lookback != 1 || stripe.Lookback != 2 || kit.Tables["kit_totals"].Name != "kit_totals" {
		t.Errorf("kit %+v, stripe %+v", kit, stripe)
	}
	if p.Owner("raw.stripe_transactions") != stripe || p.Owner("raw.nobody") != nil || p.Owner("mart.kit_totals") != nil {
		t.Error("a table's owner is wrong")
	}
	if diff := cmp.Diff([]string{"raw.kit_totals"}, kit.SortedTables()); diff != "" {
		t.Error(diff)
	}
	if kit.Tables["kit_totals"].Optional = true; len(kit.RequiredTables()) > 0 || len(stripe.RequiredTables()) != 1 {
		t.Errorf("kit must load %v, stripe %v", kit.RequiredTables(), stripe.RequiredTables())
	}
}

func TestWhatIsNormalHasDefaults(t *testing.T) {
	text := strings.Replace(small, "reads: snapshot", "reads: snapshot, key: [state]", 1)
	text = strings.Replace(text, "reads: window", "reads: window, key: [id], volume: {min_ratio: 0.5}", 1)
	p := parse(t, text)
	now, past := p.Sources["kit"].Tables["kit_totals"], p.Sources["stripe"].Tables["stripe_transactions"]
	if now.Volume != (pipeline.Volume{MinRatio: 0.67, From: 10}) || now.KeysThatLeave != pipeline.Count {
		t.Errorf("a snapshot: %+v", now)
	}
	if past.Volume != (pipeline.Volume{MinRatio: 0.5, From: 10}) || past.KeysThatLeave != pipeline.Refuse {
		t.Errorf("a window: %+v", past)
	}
}

func TestParseNamesEveryFault(t *testing.T) {
	for _, tc := range []struct{ old, new, want string }{
		{"name: test", "name: Test Me", `name "Test Me"`},
		{"America/New_York", "Nowhere/Town", `timezone "Nowhere/Town"`},
		{"timezone: America/New_York", "", `timezone ""`},
		{"2026-01-01", "2026-01", `start "2026-01" is not a day`},
		{"cadence: daily", "cadence: hourly", `source kit: cadence "hourly"`},
		{`due: "1d 10:00"`, `due: tomorrow`, `due "tomorrow"`},
		{`due: "1d 10:00"`, ``, `source kit: no due time`},
		{"lookback: 2", "lookback: 99", `source stripe: lookback 99`},
		{"lookback: 2", "start: 2026-11", `source stripe: start "2026-11" is not a day`},
		{"kit_totals:", "totals:", `table totals: the name does not begin with its source's, kit_`},
		{"reads: snapshot", "reads: yesterday", `table kit_totals: reads "yesterday"`},
		{"reads: snapshot", "reads: snapshot, volume: {min_ratio: 1.1}", "table kit_totals: volume: min_ratio 1.1"},
		{"reads: snapshot", "reads: snapshot, volume: {from: -1}", "table kit_totals: volume: from -1"},
		{"reads: snapshot", "reads: snapshot, monotonic: [n]", "table kit_totals: keys_that_leave and monotonic need a key"},
		{"reads: snapshot", "reads: snapshot, keys_that_leave: count", "keys_that_leave and monotonic need a key"},
		{"reads: snapshot", "reads: snapshot, key: [n], keys_that_leave: keep", "keep is only for a window table"},
		{"reads: snapshot", "reads: snapshot, key: [n], keys_that_leave: drop", `keys_that_leave "drop" is not keep, refuse or count`},
		{"name: test", "name: test\nowner: me", `field owner not found`},
		{small, "name: test", "no sources"},
		{small, "", "EOF"},
	} {
		_, err := pipeline.Parse([]byte(strings.Replace(small, tc.old, tc.new, 1)))
		if !strings.Contains(fmt.Sprint(err), tc.want) {
			t.Errorf("%s: error %v, want %q", tc.new, err, tc.want)
		}
	}
}

func TestExpectedBeginsWithTheDayThatThePipelineStarts(t *testing.T) {
	p := parse(t, small).WithStart(partition.MustParse("2026-10-18"))
	for text, want := range map[string]bool{
		"2026-10-17": false, "2026-10-18": true, "2026-09": false, "2026-10": true, "2026-11": true,
	} {
		if got := p.Expected(partition.MustParse(text)); got != want {
			t.Errorf("Expected(%s) = %v", text, got)
		}
	}
}

func TestASourceIsNotExpectedBeforeItsStart(t *testing.T) {
	p := parse(t, strings.Replace(small, "lookback: 2", "lookback: 2\n    start: 2026-03-10", 1))
	for text, want := range map[string]struct{ kit, stripe bool }{
		"2025-12-31": {false, false}, "2026-01-01": {true, false}, "2026-02": {true, false}, "2026-03": {true, true},
		"2026-03-09": {true, false}, "2026-03-10": {true, true},
	} {
		q := partition.MustParse(text)
		if kit, stripe := p.Owes(p.Sources["kit"], q), p.Owes(p.Sources["stripe"], q); kit != want.kit || stripe != want.stripe {
			t.Errorf("%s: kit %v, stripe %v", text, kit, stripe)
		}
	}
	later := p.WithStart(partition.MustParse("2026-06-01"))
	if q := partition.MustParse("2026-04"); later.Owes(p.Sources["stripe"], q) {
		t.Errorf("stripe owes %s before the pipeline's start", q)
	}
}

// Due times use local time, so a day of 23 or 25 hours does not move them.
func TestDueAtFollowsLocalTime(t *testing.T) {
	p := parse(t, small)
	for _, tc := range []struct{ source, partition, want string }{
		{"kit", "2026-11-20", "2026-11-21T10:00:00-05:00"},
		{"kit", "2026-10-31", "2026-11-01T10:00:00-05:00"}, // clocks went back in the night
		{"kit", "2026-03-07", "2026-03-08T10:00:00-04:00"}, // clocks went forward
		{"kit", "2024-02-29", "2024-03-01T10:00:00-05:00"},
		{"stripe", "2026-10", "2026-11-03T09:30:00-05:00"},
		{"stripe", "2026-02", "2026-03-03T09:30:00-05:00"},
		{"stripe", "2026-12", "2027-01-03T09:30:00-05:00"},
	} {
		got := p.Sources[tc.source].DueAt(partition.MustParse(tc.partition), p.Location()).Format(time.RFC3339)
		if got != tc.want {
			t.Errorf("%s owes %s by %s, want %s", tc.source, tc.partition, got, tc.want)
		}
	}
}

func TestThePipelineOfThisRepositoryIsValidAndEveryTableHasASchema(t *testing.T) {
	data, err := os.ReadFile("../../coordinator/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, string(data))
	have := map[string]bool{}
	for _, s := range p.SortedSources() {
		for name, table := range s.Tables {
			file := filepath.Join("../../functions", s.Name, "schema", name+".json")
			have[file] = true
			data, err := os.ReadFile(file)
			if err != nil {
				t.Errorf("table %s has no schema file: %v", name, err)
				continue
			}
			columns, err := schema.Parse(data)
			if err != nil {
				t.Errorf("%s: %v", file, err)
			}
			for _, c := range table.ClusterBy {
				if _, ok := columns.Field(c); !ok {
					t.Errorf("table %s is clustered by %s, which it does not have", name, c)
				}
			}
		}
	}
	files, _ := filepath.Glob("../../functions/*/schema/*.json")
	for _, f := range files {
		if !have[f] {
			t.Errorf("%s is of no table in pipeline.yaml", f)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := pipeline.Parse(data); err == nil && (len(p.Sources) == 0 || p.Location() == nil) {
			t.Errorf("accepted %q as %+v", data, p)
		}
	})
}

func TestALoadCoversTheLookbackOfWindowTables(t *testing.T) {
	s := &pipeline.Source{Lookback: 3, Tables: map[string]*pipeline.Table{"days": {Reads: pipeline.Window}, "now": {Reads: pipeline.Snapshot}}}
	for table, want := range map[string]string{
		"raw.days": "[2026-02-27 2026-02-28 2026-03-01]",
		"raw.now":  "[2026-03-01]",
	} {
		if got := fmt.Sprint(slices.Collect(s.Loads(table, partition.MustParse("2026-03-01")))); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
}
