package overdue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

func parse(t testing.TB, zone string) *pipeline.Pipeline {
	t.Helper()
	p, err := pipeline.Parse([]byte(`
name: test
timezone: ` + zone + `
start: 2024-01-10
sources:
  medium:
    description: d
    cadence: daily
    schedule: "30 7 * * *"
    due: "1d 10:00"
    tables:
      medium_stories: {description: d, reads: snapshot}
      medium_story_days: {description: d, reads: window}
  kit:
    description: d
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    start: 2024-02-15
    tables:
      kit_subscribers: {description: d, reads: snapshot}
  stripe:
    description: d
    cadence: monthly
    schedule: "0 8 1-5 * *"
    due: "3d 10:00"
    tables:
      stripe_transactions: {description: d, reads: window}
  drops:
    description: d
    cadence: monthly
    due: "5d 18:00"
    tables:
      drops_stories: {description: d, reads: window}
`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A partition is due by the wall clock of the pipeline's zone, in months of any length and on days of any.
func TestWhatIsDue(t *testing.T) {
	for _, c := range []struct{ zone, source, since, now, last string }{
		{"Europe/London", "medium", "2024-02-20", "2024-02-29T09:59:59Z", "2024-02-27"},
		{"Europe/London", "medium", "2024-02-20", "2024-02-29T10:00:00Z", "2024-02-28"},
		{"Europe/London", "medium", "2024-02-20", "2024-03-01T10:00:00Z", "2024-02-29"},
		{"Europe/London", "stripe", "2024-02-01", "2024-03-03T09:59:59Z", ""},
		{"Europe/London", "stripe", "2024-02-01", "2024-03-03T10:00:00Z", "2024-02"},
		{"Europe/London", "stripe", "2024-02-01", "2024-05-03T08:59:59Z", "2024-03"}, // 09:59 in summer
		{"Europe/London", "stripe", "2024-02-01", "2024-05-03T09:00:00Z", "2024-04"},
		{"Europe/London", "drops", "2024-02-20", "2024-03-05T17:59:00Z", ""},
		{"Europe/London", "drops", "2024-02-20", "2024-03-05T18:00:00Z", "2024-02"},
		{"America/New_York", "medium", "2024-03-01", "2024-03-10T13:59:59Z", "2024-03-08"}, // clocks go forward on the 10th
		{"America/New_York", "medium", "2024-03-01", "2024-03-10T14:00:00Z", "2024-03-09"},
		{"America/New_York", "medium", "2024-11-01", "2024-11-03T14:59:59Z", "2024-11-01"}, // and back on the 3rd
		{"America/New_York", "medium", "2024-11-01", "2024-11-03T15:00:00Z", "2024-11-02"},
		{"Pacific/Auckland", "medium", "2024-06-01", "2024-06-20T23:59:59Z", "2024-06-19"}, // it is 12:00 on the 21st there, and the day has not ended
		{"Pacific/Auckland", "medium", "2024-06-01", "2024-06-21T00:00:00Z", "2024-06-20"},
		{"UTC", "kit", "2024-01-01", "2024-02-16T09:59:59Z", ""},
		{"UTC", "kit", "2024-01-01", "2024-02-16T10:00:00Z", "2024-02-15"},
		{"UTC", "medium", "2024-01-01", "2024-01-10T12:00:00Z", ""},
	} {
		p := parse(t, c.zone)
		since := partition.MustParse(c.since)
		due := overdue.Due(p, p.Sources[c.source], since, at(t, c.now))
		last := ""
		if len(due) > 0 {
			last = due[len(due)-1].String()
		}
		if last != c.last {
			t.Errorf("%s in %s at %s: the last partition that is due is %q, want %q", c.source, c.zone, c.now, last, c.last)
		}
		for _, q := range due {
			if !p.Owes(p.Sources[c.source], q) {
				t.Errorf("%s: %s is due, but not expected", c.source, q)
			}
		}
	}
}

// arrival is a table that arrives at some time.
type arrival struct{ table, at string }

// failed is a load that fails at some time; with tables, their rows are staged and were refused.
type failed struct {
	at, reason string
	tables     []string
}

func (f failed) failure(p partition.Partition) *stage.Failure {
	failure := &stage.Failure{Code: "failed", Reason: f.reason, Hint: "log in again"}
	if f.tables != nil {
		failure.Refusals, failure.Load = []stage.Refusal{{Reason: f.reason}}, &stage.Load{}
	}
	for _, table := range f.tables {
		failure.Load.Files = append(failure.Load.Files, stage.File{Table: table, Partition: p})
	}
	return failure
}

// The reports and requests for a partition that is swept every 15 minutes.
func TestReportsAndRequestsOfAPartition(t *testing.T) {
	for _, c := range []struct {
		name, source, partition, until string
		arrivals                       []arrival
		failures                       []failed
		staged                         []string
		want                           string
	}{
		{name: "in time", source: "medium", partition: "2024-02-29", until: "2024-03-02T00:00:00Z",
			arrivals: []arrival{{"raw.medium_stories", "2024-03-01T09:00:00Z"}, {"raw.medium_story_days", "2024-03-01T09:59:00Z"}}},
		{name: "never ran: snapshots are lost when the day is over, the rest is requested and given up", source: "medium",
			partition: "2024-02-29", until: "2024-03-05T00:00:00Z", want: `
01 10:00 report: missing raw.medium_stories raw.medium_story_days
01 10:00 request 1
01 10:30 request 2
01 11:30 request 3
01 13:30 request 4
01 17:30 request 5
02 00:00 report: missing raw.medium_stories raw.medium_story_days; lost raw.medium_stories
02 01:30 report: missing raw.medium_stories raw.medium_story_days; lost raw.medium_stories; given up`},
		{name: "only snapshots: nothing is requested after they are lost", source: "kit", partition: "2024-02-29", until: "2024-03-05T00:00:00Z", want: `
01 10:00 report: missing raw.kit_subscribers
01 10:00 request 1
01 10:30 request 2
01 11:30 request 3
01 13:30 request 4
01 17:30 request 5
02 00:00 report: missing raw.kit_subscribers; lost raw.kit_subscribers`},
		{name: "staged and not loaded: a snapshot of the past can still be loaded", source: "kit", partition: "2024-02-29", until: "2024-03-05T00:00:00Z",
			staged: []string{"raw.kit_subscribers"}, want: `
01 10:00 report: missing raw.kit_subscribers
01 10:00 request 1
01 10:30 request 2
01 11:30 request 3
01 13:30 request 4
01 17:30 request 5
02 01:30 report: missing raw.kit_subscribers; given up`},
		{name: "a load failed: each reason is reported once", source: "stripe", partition: "2024-02", until: "2024-03-05T00:00:00Z",
			failures: []failed{{"2024-03-01T08:00:00Z", "401", nil}, {"2024-03-03T10:40:00Z", "500", nil}, {"2024-03-03T12:00:00Z", "401", nil}},
			arrivals: []arrival{{"raw.stripe_transactions", "2024-03-03T14:00:00Z"}}, want: `
03 10:00 report: missing raw.stripe_transactions; 1 reasons
03 10:00 request 1
03 10:30 request 2
03 10:45 report: missing raw.stripe_transactions; 2 reasons
03 11:30 request 3
03 13:30 request 4
03 14:00 report: arrived`},
		{name: "refused: it is requested again, and is not lost when the day is over", source: "kit", partition: "2024-02-29", until: "2024-03-05T00:00:00Z",
			failures: []failed{{"2024-03-01T07:00:00Z", "900 rows became 5", []string{"kit_subscribers"}}}, want: `
01 10:00 report: missing raw.kit_subscribers; 1 reasons
01 10:00 request 1
01 10:30 request 2
01 11:30 request 3
01 13:30 request 4
01 17:30 request 5`},
		{name: "one table arrives, and the other a day late", source: "medium", partition: "2024-02-29", until: "2024-03-05T00:00:00Z",
			arrivals: []arrival{{"raw.medium_stories", "2024-03-01T10:20:00Z"}, {"raw.medium_story_days", "2024-03-02T09:00:00Z"}}, want: `
01 10:00 report: missing raw.medium_stories raw.medium_story_days
01 10:00 request 1
01 10:30 report: missing raw.medium_story_days
01 10:30 request 2
01 11:30 request 3
01 13:30 request 4
01 17:30 request 5
02 01:30 report: missing raw.medium_story_days; given up
02 09:00 report: arrived`},
		{name: "files that a person drops are never requested", source: "drops", partition: "2024-02", until: "2024-03-20T00:00:00Z",
			arrivals: []arrival{{"raw.drops_stories", "2024-03-07T12:00:00Z"}}, want: `
05 18:00 report: missing raw.drops_stories
07 12:00 report: arrived`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := parse(t, "UTC")
			s, q := p.Sources[c.source], partition.MustParse(c.partition)
			var newest *ledger.Overdue
			var got strings.Builder
			for now := s.DueAt(q, p.Location()); now.Before(at(t, c.until)); now = now.Add(15 * time.Minute) {
				missing := slices.DeleteFunc(s.SortedTables(), func(table string) bool {
					return slices.ContainsFunc(c.arrivals, func(a arrival) bool { return a.table == table && !now.Before(at(t, a.at)) })
				})
				var failure *stage.Failure
				for _, f := range c.failures {
					if !now.Before(at(t, f.at)) {
						failure = f.failure(q)
					}
				}
				for range 5 {
					step, w := overdue.Case{Source: s, Partition: q, Due: s.DueAt(q, p.Location()), Missing: missing, Staged: c.staged, Failure: failure,
						Newest: newest}.Next(now)
					if step == overdue.Nothing {
						break
					}
					newest = &w
					fmt.Fprintf(&got, "\n%s %s", now.Format("02 15:04"), describe(step, w))
				}
			}
			if diff := cmp.Diff(strings.Split(c.want, "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func describe(step overdue.Step, w ledger.Overdue) string {
	if step == overdue.Request {
		return fmt.Sprintf("request %d", w.Requests)
	}
	if len(w.Missing) == 0 {
		return "report: arrived"
	}
	text := "report: missing " + strings.Join(w.Missing, " ")
	if len(w.Lost) > 0 {
		text += "; lost " + strings.Join(w.Lost, " ")
	}
	if w.GaveUp {
		text += "; given up"
	}
	if len(w.Reasons) > 0 {
		text += fmt.Sprintf("; %d reasons", len(w.Reasons))
	}
	return text
}

// While another sweep holds the lease of a step, nothing is done; after it, the same step is repeated.
func TestAStepIsRepeatedAfterItsLease(t *testing.T) {
	p := parse(t, "UTC")
	s, q := p.Sources["kit"], partition.MustParse("2024-02-29")
	now := s.DueAt(q, p.Location())
	c := overdue.Case{Source: s, Partition: q, Due: now, Missing: s.SortedTables()}
	step, want := c.Next(now)
	c.Newest = &ledger.Overdue{Source: "kit", Partition: q, Claimed: string(step), LeaseEnd: now.Add(5 * time.Minute)}
	if got, _ := c.Next(now.Add(5*time.Minute - 1)); got != overdue.Nothing {
		t.Errorf("while it lasts: %q", got)
	}
	got, w := c.Next(now.Add(5 * time.Minute))
	if got != step || cmp.Diff(want, w, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })) != "" {
		t.Errorf("after it: %q %+v, want %q %+v", got, w, step, want)
	}
}

// Whatever changes, after every sweep the last report is true, the number of requests is bounded, and one
// report is enough.
func TestTheLastReportIsTrue(t *testing.T) {
	p := parse(t, "UTC")
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(p.SortedSources()).Draw(rt, "source")
		q := partition.Of(s.Cadence, at(t, "2024-02-29T00:00:00Z"))
		now := s.DueAt(q, p.Location())
		var newest *ledger.Overdue
		for range rapid.IntRange(1, 30).Draw(rt, "looks") {
			now = now.Add(time.Duration(rapid.IntRange(0, 600).Draw(rt, "minutes")) * time.Minute)
			c := overdue.Case{Source: s, Partition: q, Due: s.DueAt(q, p.Location())}
			if reason := rapid.SampledFrom([]string{"", "401", "500", "refused"}).Draw(rt, "failure"); reason != "" {
				f := failed{reason: reason}
				if reason == "refused" {
					f.tables = []string{"kit_subscribers", "medium_stories", "drops_stories"}
				}
				c.Failure = f.failure(q)
			}
			for _, table := range s.SortedTables() {
				if rapid.Bool().Draw(rt, "missing") {
					c.Missing = append(c.Missing, table)
				}
				if rapid.Bool().Draw(rt, "staged") {
					c.Staged = append(c.Staged, table)
				}
			}
			reports := 0
			for step := overdue.Step("begin"); step != overdue.Nothing; {
				var w ledger.Overdue
				c.Newest = newest
				if step, w = c.Next(now); step == overdue.Nothing {
					break
				}
				if newest = &w; step == overdue.Report {
					reports++
				} else if len(c.Missing) == 0 || s.Schedule == "" {
					rt.Fatalf("requests what has arrived, or what cannot be requested: %+v", c)
				}
			}
			if reports > 1 {
				rt.Fatalf("reported %d times at once", reports)
			}
			if newest != nil && (!slices.Equal(newest.Missing, c.Missing) || !slices.Equal(newest.Lost, c.Lost(now)) ||
				newest.Requests > overdue.MaxRequests || len(newest.Reasons) > 3 || c.NewReason(*newest)) {
				rt.Fatalf("%+v\nand not %+v", newest, c)
			}
			if newest == nil && len(c.Missing) > 0 {
				rt.Fatalf("%v was not reported", c.Missing)
			}
		}
	})
}

// The advice and its command line fit the case.
func TestTheAdviceFitsTheCase(t *testing.T) {
	p := parse(t, "UTC")
	for _, c := range []struct {
		source, partition string
		missing           []string
		failed            *failed
		w                 ledger.Overdue
		request           bool
		hint, command     string
	}{
		{source: "medium", partition: "2024-02-29"},
		{source: "medium", partition: "2024-02-29", missing: []string{"raw.medium_story_days"}, request: true,
			hint:    "its load is requested again automatically, up to 5 times",
			command: "go run ./scripts/rollcall load --source medium --date 2024-02-29"},
		{source: "medium", partition: "2024-02-29", missing: []string{"raw.medium_story_days"},
			hint: "load it; if that fails", command: "go run ./scripts/rollcall load --source medium --date 2024-02-29"},
		{source: "medium", partition: "2024-02-29", missing: []string{"raw.medium_stories", "raw.medium_story_days"}, request: true,
			w: ledger.Overdue{Lost: []string{"raw.medium_stories"}}, hint: "nothing can bring back raw.medium_stories, because the source only reports its current state: " +
				"set a later start for the source in pipeline.yaml, or load a backup; for the other tables: its load is requested again automatically",
			command: "go run ./scripts/rollcall load --source medium --date 2024-02-29"},
		{source: "kit", partition: "2024-02-29", missing: []string{"raw.kit_subscribers"}, request: true, w: ledger.Overdue{Lost: []string{"raw.kit_subscribers"}},
			hint: "nothing can bring back raw.kit_subscribers", command: "go run ./scripts/rollcall status --date 2024-02-29"},
		{source: "stripe", partition: "2024-02", missing: []string{"raw.stripe_transactions"}, request: true, w: ledger.Overdue{GaveUp: true, Requests: 5},
			hint:    "5 load requests brought nothing, and there will be no more",
			command: "go run ./scripts/rollcall load --source stripe --month 2024-02"},
		{source: "kit", partition: "2024-02-29", missing: []string{"raw.kit_subscribers"}, request: true, failed: &failed{reason: "401"},
			hint: "log in again; then load it", command: "go run ./scripts/rollcall load --source kit --date 2024-02-29"},
		{source: "kit", partition: "2024-02-29", missing: []string{"raw.kit_subscribers"}, failed: &failed{reason: "5", tables: []string{"kit_subscribers"}},
			hint: "look at the source; if it is right, accept the rows that were refused", command: "go run ./scripts/rollcall load --source kit --date 2024-02-29 --accept"},
		{source: "medium", partition: "2024-02-29", missing: []string{"raw.medium_stories", "raw.medium_story_days"}, failed: &failed{reason: "401"},
			w: ledger.Overdue{Lost: []string{"raw.medium_stories"}}, hint: "nothing can bring back raw.medium_stories, because the source only reports its current state: " +
				"set a later start for the source in pipeline.yaml, or load a backup; for the other tables: log in again; then load it",
			command: "go run ./scripts/rollcall load --source medium --date 2024-02-29"},
		{source: "kit", partition: "2024-02-29", failed: &failed{reason: "401"}, hint: "log in again; then load it",
			command: "go run ./scripts/rollcall load --source kit --date 2024-02-29"},
		{source: "kit", partition: "2024-02-29", failed: &failed{reason: "5", tables: []string{"kit_subscribers"}},
			hint: "look at the source; if it is right, accept", command: "go run ./scripts/rollcall load --source kit --date 2024-02-29 --accept"},
		{source: "drops", partition: "2024-02", missing: []string{"raw.drops_stories"}, failed: &failed{reason: "no file"},
			hint: "log in again", command: "go run ./scripts/rollcall status --month 2024-02"},
		{source: "drops", partition: "2024-02", missing: []string{"raw.drops_stories"}, request: true,
			hint: "a person loads this source: see functions/drops/README.md", command: "go run ./scripts/rollcall status --month 2024-02"},
	} {
		s, q := p.Sources[c.source], partition.MustParse(c.partition)
		about := overdue.Case{Source: s, Partition: q, Missing: c.missing}
		if c.failed != nil {
			about.Failure = c.failed.failure(q)
		}
		hint, command := about.Fault(c.w, c.request).Advice(hint.Deployment{})
		if !strings.HasPrefix(hint, c.hint) || (hint == "") != (c.hint == "") || command != c.command {
			t.Errorf("%s %s: %q, %q\nwant %q, %q", c.source, c.partition, hint, command, c.hint, c.command)
		}
	}
}
