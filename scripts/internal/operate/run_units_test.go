package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/pipeline"
)

func declaredPipeline(t *testing.T) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestScope(t *testing.T) {
	for _, tc := range []struct {
		name   string
		days   Range
		source []string
		want   string // from to months, or what the error says
	}{
		{"newest days and two months", Range{}, nil, "2026-09-28 2026-11-01 [2026-09 2026-10]"},
		{"from a day on", Range{From: "2026-10-20"}, nil, "2026-10-20 2026-11-01 [2026-10]"},
		{"up to a day", Range{To: "2026-10-31"}, nil, "2026-09-27 2026-10-31 [2026-09 2026-10]"},
		{"a month that does not end within is left out", Range{From: "2026-10-02", To: "2026-10-10"}, nil, "2026-10-02 2026-10-10 []"},
		{"one day", Range{From: "2026-10-31", To: "2026-10-31"}, nil, "2026-10-31 2026-10-31 [2026-10]"},
		{"one day, by its name", Range{Date: "2026-10-31"}, nil, "2026-10-31 2026-10-31 [2026-10]"},
		{"a month", Range{Month: "2026-10"}, nil, "2026-10-01 2026-10-31 [2026-10]"},
		{"a month as a date", Range{Date: "2026-10"}, nil, `--date "2026-10" is not a day like 2026-11-21; do you mean --month 2026-10?`},
		{"today has not ended", Range{To: "2026-11-02"}, nil, "--to 2026-11-02 has not ended yet; the newest complete day is 2026-11-01"},
		{"this month has not ended", Range{Month: "2026-11"}, nil, "--month 2026-11 has not ended yet; the newest complete one is 2026-10"},
		{"no month", Range{Month: "2026-10-31"}, nil, `--month "2026-10-31" is not a month like 2026-10; do you mean --date 2026-10-31?`},
		{"no date", Range{Date: "October"}, nil, `--date "October" is not a day like 2026-11-21`},
		{"a day and a month", Range{Date: "2026-10-31", Month: "2026-10"}, nil, "--date and --month name different partitions; pass one of them"},
		{"a day and days", Range{Date: "2026-10-31", To: "2026-11-01"}, nil, "--from and --to contradict --date and --month; pass either"},
		{"backwards", Range{From: "2026-10-10", To: "2026-10-09"}, nil, "--from 2026-10-10 is after --to 2026-10-09"},
		{"far too much", Range{From: "2001-01-01"}, nil, "2001-01-01 to 2026-11-01 are 9436 days, more than the 1100 of one run"},
		{"no days", Range{From: "yesterday", To: "2026-10"}, nil, "--to \"2026-10\" is not a day like 2026-11-21"},
		{"no source", Range{}, []string{"kitt"}, `--source: no source is named "kitt"; do you mean kit?`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &runner{System: System{now: func() time.Time { return morningAfter }}, options: RunOptions{Range: tc.days, Source: tc.source}}
			_, err := r.read()
			got := fmt.Sprint(r.scope.From, " ", r.scope.To, " ", r.scope.Months)
			if err != nil {
				got, _, _ = strings.Cut(err.Error(), "\n")
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestWhatARunRequests(t *testing.T) {
	fake, real := &local.Feed{Origin: datadir.Invented}, &local.Feed{Origin: datadir.Live, Newest: day("2026-11-01")}
	all := []string{"2026-10-29", "2026-10-30", "2026-10-31", "2026-11-01"}
	for _, tc := range []struct {
		name, source string
		explicit     bool
		feed         *local.Feed
		arrived      []string
		want         string
	}{
		{"the first time, everything", "kit", false, fake, nil, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
		{"later, the newest again", "kit", false, fake, all, "[2026-11-01]"},
		{"and what lacks a table", "kit", false, fake, []string{"2026-10-29", "2026-10-31", "2026-11-01"}, "[2026-10-30 2026-11-01]"},
		{"days were given: what can be read again", "medium", true, fake, all, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
		{"but no snapshots", "kit", true, fake, all, "[2026-11-01]"},
		{"of a real service, no snapshot of the past", "kit", false, real, nil, "[2026-11-01]"},
		{"but its windows", "medium", false, real, nil, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &runner{explicit: tc.explicit, scope: scope{From: day("2026-10-29"), To: day("2026-11-01")}}
			s := declaredPipeline(t).Sources[tc.source]
			v, l := &ledger.View{}, ledger.New(&coordtest.Store{}, "test")
			for _, p := range tc.arrived {
				e := event.Event{Version: event.Version, Type: event.Loaded, Source: s.Name, Partition: day(p), LoadID: "l"}
				for _, table := range s.SortedTables() {
					e.Tables = append(e.Tables, event.Table{Table: table, LoadedAt: morningAfter})
				}
				if err := l.RecordArrivals(t.Context(), e, morningAfter); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.List(t.Context(), v, r.scope.all()); err != nil {
				t.Fatal(err)
			}
			if got := r.due(s, tc.feed, v); fmt.Sprint(got) != tc.want {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}

func TestUnknownFailureIsAnError(t *testing.T) {
	dir := t.TempDir()
	steer(t, dir, "fail: {kit: asleep}")
	r := runLocal(t, dir, RunOptions{})
	if r.status != broken || !strings.Contains(r.stderr, "asleep") || !strings.Contains(r.stderr, "rate_limited") {
		t.Errorf("status %d: %s", r.status, r.stderr)
	}
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{whole(int64(1234567)), "1,234,567"}, {whole(int64(-1234)), "-1,234"}, {whole(int64(999)), "999"}, {whole(nil), "–"},
		{signed(int64(12)), "+12"}, {signed(int64(-12)), "-12"}, {signed(nil), "–"},
		{change(0.126), " (+13%)"}, {change(-0.5), " (-50%)"}, {change(nil), ""},
		{money("120.5"), "120.50"}, {money("-1234.125"), "-1,234.13"}, {money("7"), "7"}, {money("7.000000000"), "7"}, {money(nil), "–"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %q, want %q", tc.got, tc.want)
		}
	}
}

// Each number says which day or month it is of. Kit is missing for the newest day, so the overview is a day older than the
// stories.
func TestNumbersNameTheirPartition(t *testing.T) {
	rows := []term.Row{
		{Partition: day("2026-11-01"), Models: map[string]term.State{"story_stats": term.Ran, "story_days": term.Unchanged}},
		{Partition: day("2026-10-31"), Models: map[string]term.State{
			"story_stats": term.Ran, "story_days": term.Ran, "creator_overview": term.Ran}},
		{Partition: day("2026-10"), Models: map[string]term.State{"revenue": term.Ran, "boost_effect": term.Ran}},
	}
	for name, tc := range map[string]struct {
		stories, revenue, boosts []map[string]any
		want                     string
	}{
		"all there": {
			[]map[string]any{{"title": "Walking", "viewers": int64(1200), "readers": int64(3), "boosted": true}},
			[]map[string]any{{"net": "7.5", "currency": "USD", "stream": "stripe"}},
			[]map[string]any{{"boost": "BOOSTED", "viewers_per_story_day": 2.5}},
			"On 2026-10-31: 0 views, 0 reads of 0 stories; 0 followers, 0 subscribers\n" +
				"  last  7 days: 0 views, – reads, – USD earned, – subscribers\n" +
				"  last 28 days: – views, – reads, – USD earned, – subscribers\n" +
				"Most viewed in the 28 days to 2026-11-01:\n" +
				"    1,200 views,      3 reads  Walking, boosted\n" +
				"Revenue of 2026-10, net of fees and refunds:\n" +
				"        7.50 USD from stripe\n" +
				"Views of a story a day in 2026-10: 2.5 boosted\n",
		},
		"a new creator": {nil, nil, nil,
			"On 2026-10-31: 0 views, 0 reads of 0 stories; 0 followers, 0 subscribers\n" +
				"  last  7 days: 0 views, – reads, – USD earned, – subscribers\n" +
				"  last 28 days: – views, – reads, – USD earned, – subscribers\n" +
				"Revenue of 2026-10: none\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			read := func(_ context.Context, sql string, params map[string]any, _ int) ([]map[string]any, error) {
				of := map[string]struct {
					p    string
					rows []map[string]any
				}{
					overviewSQL: {"2026-10-31", []map[string]any{{"viewers": int64(0), "readers": int64(0), "stories": int64(0),
						"followers": int64(0), "subscribers": int64(0), "viewers_7d": int64(0)}}},
					topSQL: {"2026-11-01", tc.stories}, revenueSQL: {"2026-10", tc.revenue}, boostSQL: {"2026-10", tc.boosts},
				}[sql]
				if want := day(of.p).Start(); params["p"] != want {
					t.Errorf("read for %v, want %v:\n%s", params["p"], want, sql)
				}
				return of.rows, nil
			}
			var out bytes.Buffer
			if err := writeNumbers(t.Context(), term.NewOutput(&out), rows, read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A run that its audit only warned of is published: it is no missing thing, and is named apart. Of a partition that ran
// twice, the newest run counts.
func TestWarningsOfAuditsAreNamed(t *testing.T) {
	run := func(p string, failures ...ledger.Failure) Item {
		return endedRun(ledger.Run{State: ledger.Succeeded, Model: "story_days", Partition: day(p), Published: &ledger.Published{},
			Failures: failures})
	}
	odd := ledger.Failure{Check: "expression", Column: "readers", Text: "readers <= viewers", Count: 1}
	o := newOutcome()
	o.Runs = []Item{run("2026-10-29", odd), run("2026-10-30", odd), run("2026-10-31", odd), run("2026-10-29")}
	o.Missing = []Item{{Source: "kit", Partition: day("2026-10-31"), Reason: "Kit is down"}}
	var out bytes.Buffer
	o.writeNotices(term.NewOutput(&out))
	want := "warning: story_days 2026-10-30 to 2026-10-31: readers <= viewers: fails once\nmissing: kit 2026-10-31: Kit is down\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The shape of --json is a promise to those who read it. Times are left out, and so are those loads and runs whose order
// no one promises: they are sorted.
func TestRunJSON(t *testing.T) {
	completeDir(t)
	o := base.first.Outcome
	for _, list := range [][]Item{o.Loads, o.Runs} {
		for n := range list {
			list[n].Milliseconds = 1
		}
	}
	unique := map[string]Item{}
	for _, it := range append(append([]Item{}, o.Loads...), o.Runs...) {
		unique[it.Model+it.Table+it.Partition.String()] = it
	}
	o.Loads = []Item{unique["raw.kit_subscribers2026-11-01"]}
	o.Runs = []Item{unique["story_daysmart.story_days2026-11-01"]}
	o.Missing = []Item{{Source: "kit", Table: "raw.kit_subscribers", Partition: day("2026-11-01"), Reason: "Kit is down", Hint: "wait"}}
	for name := range o.Timings {
		o.Timings[name] = 1
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/run.json", string(text)+"\n")
}
