package localrun

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/partition"
)

func TestScope(t *testing.T) {
	for _, tc := range []struct {
		name  string
		flags Flags
		want  string // from to months, or what the error says
	}{
		{"newest days and two months", Flags{}, "2026-09-28 2026-11-01 [2026-09 2026-10]"},
		{"from a day on", Flags{From: "2026-10-20"}, "2026-10-20 2026-11-01 [2026-10]"},
		{"up to a day", Flags{To: "2026-10-31"}, "2026-09-27 2026-10-31 [2026-09 2026-10]"},
		{"a month that does not end within is left out", Flags{From: "2026-10-02", To: "2026-10-10"}, "2026-10-02 2026-10-10 []"},
		{"one day", Flags{From: "2026-10-31", To: "2026-10-31"}, "2026-10-31 2026-10-31 [2026-10]"},
		{"today has not ended", Flags{To: "2026-11-02"}, "--to 2026-11-02 has not ended yet; the newest complete day is 2026-11-01"},
		{"backwards", Flags{From: "2026-10-10", To: "2026-10-09"}, "--from 2026-10-10 is after --to 2026-10-09"},
		{"far too much", Flags{From: "2001-01-01"}, "2001-01-01 to 2026-11-01 are 9436 days, more than the 1100 of one run"},
		{"no days", Flags{From: "yesterday", To: "2026-10"}, "--to \"2026-10\" is not a day like 2026-11-01"},
		{"no source", Flags{Only: []string{"kitt"}}, `--source "kitt" is no source; the sources are drops, kit, medium, sheets, stripe`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := newScope(tc.flags, declaredPipeline(t), defaultDays, morningAfter)
			got := fmt.Sprint(s.From, " ", s.To, " ", s.Months)
			if err != nil {
				got, _, _ = strings.Cut(err.Error(), "\n")
			}
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestSchedule(t *testing.T) {
	sc := scope{Scope: days.Scope{From: day("2026-10-29"), To: day("2026-11-01")}}
	none := func(string, partition.Partition) bool { return false }
	all := func(string, partition.Partition) bool { return true }
	fake, real := &local.Feed{Origin: datadir.Invented}, &local.Feed{Origin: datadir.Live, Newest: day("2026-11-01")}
	lacks := func(table, p string) func(string, partition.Partition) bool {
		return func(t string, q partition.Partition) bool { return t != table || q != day(p) }
	}
	given := sc
	given.explicit = true
	for _, tc := range []struct {
		name, source string
		scope        scope
		feed         *local.Feed
		arrived      func(string, partition.Partition) bool
		want         string
	}{
		{"the first time, everything", "kit", sc, fake, none, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
		{"later, the newest again", "kit", sc, fake, all, "[2026-11-01]"},
		{"and what lacks a table", "kit", sc, fake, lacks("raw.kit_subscribers", "2026-10-30"), "[2026-10-30 2026-11-01]"},
		{"days were given: what can be read again", "medium", given, fake, all, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
		{"but no snapshots", "kit", given, fake, all, "[2026-11-01]"},
		{"of a real service, no snapshot of the past", "kit", sc, real, none, "[2026-11-01]"},
		{"but its windows", "medium", sc, real, none, "[2026-10-29 2026-10-30 2026-10-31 2026-11-01]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := schedule(declaredPipeline(t).Sources[tc.source], tc.scope, tc.feed, tc.arrived)
			if fmt.Sprint(got) != tc.want {
				t.Errorf("got %v, want %s", got, tc.want)
			}
		})
	}
}

func TestUnknownFailureIsAnError(t *testing.T) {
	dir := t.TempDir()
	steer(t, dir, "fail: {kit: asleep}")
	r := runLocal(t, dir, Flags{})
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

// The shape of --json is a promise to those who read it. Times are left out, and so are those loads and runs whose order
// no one promises: they are sorted.
func TestJSON(t *testing.T) {
	completeDir(t)
	o := base.first.outcome
	for _, list := range [][]item{o.Loads, o.Runs} {
		for n := range list {
			list[n].Milliseconds = 1
		}
	}
	unique := map[string]item{}
	for _, it := range append(append([]item{}, o.Loads...), o.Runs...) {
		unique[it.Model+it.Table+it.Partition.String()] = it
	}
	o.Loads = []item{unique["raw.kit_subscribers2026-11-01"]}
	o.Runs = []item{unique["story_daysmart.story_days2026-11-01"]}
	o.Missing = []item{{Source: "kit", Table: "raw.kit_subscribers", Partition: day("2026-11-01"), Reason: "Kit is down", Hint: "wait"}}
	for name := range o.Timings {
		o.Timings[name] = 1
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/outcome.json", string(text)+"\n")
}
