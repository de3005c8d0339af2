package explain

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// A run whose audit only warned has published. Its sentence says so, and counts the checks that passed.
func TestTheLastRunTellsWarnings(t *testing.T) {
	rows := int64(7)
	declared, err := pipeline.Parse([]byte("name: p\ntimezone: UTC\nstart: 2026-01-01\nsources:\n  kit:\n    description: Subscribers.\n" +
		"    cadence: daily\n    due: 1d 10:00\n    tables: {kit_subscribers: {description: Subscribers., reads: snapshot}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := &Facts{Pipeline: declared}
	text := f.lastRun(Run{State: Succeeded, Rows: &rows, Checks: 3, Because: []Cause{{Kind: First}},
		Failures: []ledger.Failure{{Check: "expression", Text: "readers <= viewers", Count: 2}}}, false)
	for _, want := range []string{"Its audit passed: 2 checks.", "It warned: readers <= viewers: fails 2 times.", "It published 7 rows"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
}

func TestHowLongAgo(t *testing.T) {
	for _, tc := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "less than a minute"}, {time.Minute, "1 minute"}, {59 * time.Minute, "59 minutes"}, {time.Hour, "1 hour"},
		{47*time.Hour + 59*time.Minute, "47 hours"}, {48 * time.Hour, "2 days"}, {30 * 24 * time.Hour, "30 days"},
	} {
		if got := ago(tc.ago); got != tc.want {
			t.Errorf("%s is %q, want %q", tc.ago, got, tc.want)
		}
	}
}

func TestClockHasTheYearWhenItIsAnother(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC) // already the next year in Berlin
	for _, tc := range []struct {
		at   time.Time
		want string
	}{
		{now, "1 Jan 00:30"}, {now.Add(-time.Hour), "31 Dec 2026 23:30"}, {now.AddDate(0, 0, 180), "30 Jun 01:30"},
	} {
		if got := Clock(tc.at, now, berlin); got != tc.want {
			t.Errorf("%s is %q, want %q", tc.at, got, tc.want)
		}
	}
}

// For any inputs of two runs, the changes are exactly the inputs in which they differ.
func TestChangesAreWhereTwoRunsDiffer(t *testing.T) {
	arrival := rapid.Custom(func(t *rapid.T) ledger.Arrival {
		var d digest.Digest
		d.Add([]byte(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "content")))
		return ledger.Arrival{
			Table:     rapid.SampledFrom([]string{"raw.a", "raw.b"}).Draw(t, "table"),
			Partition: partition.MustParse(rapid.SampledFrom([]string{"2026-11-20", "2026-11-21", "2026-11"}).Draw(t, "partition")),
			Digest:    d.Sum(),
		}
	})
	inputs := rapid.SliceOfDistinct(arrival, func(a ledger.Arrival) plan.TablePartition { return *of(a) })
	rapid.Check(t, func(t *rapid.T) {
		before, now := inputs.Draw(t, "before"), inputs.Draw(t, "now")
		find := func(list []ledger.Arrival, w plan.TablePartition) (digest.Sum, bool) {
			i := slices.IndexFunc(list, func(a ledger.Arrival) bool { return *of(a) == w })
			if i < 0 {
				return digest.Sum{}, false
			}
			return list[i].Digest, true
		}
		got := map[plan.TablePartition]CauseKind{}
		for _, c := range changes(before, now) {
			if _, twice := got[*c.TablePartition]; twice {
				t.Fatalf("%s is named twice", c.TablePartition)
			}
			got[*c.TablePartition] = c.Kind
		}
		for _, a := range append(slices.Clone(before), now...) {
			old, had := find(before, *of(a))
			new, has := find(now, *of(a))
			want := map[bool]CauseKind{true: Restated, false: ""}[had && has && old != new]
			switch {
			case !had:
				want = Appeared
			case !has:
				want = Unread
			}
			if got[*of(a)] != want {
				t.Fatalf("%s is %q, want %q", of(a), got[*of(a)], want)
			}
		}
	})
}
