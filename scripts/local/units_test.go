package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/partition"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestScope(t *testing.T) {
	for _, tc := range []struct {
		name  string
		flags flags
		want  string // from to months, or what the error says
	}{
		{"newest days and two months", flags{}, "2026-09-28 2026-11-01 [2026-09 2026-10]"},
		{"from a day on", flags{From: "2026-10-20"}, "2026-10-20 2026-11-01 [2026-10]"},
		{"up to a day", flags{To: "2026-10-31"}, "2026-09-27 2026-10-31 [2026-09 2026-10]"},
		{"a month that does not end within is left out", flags{From: "2026-10-02", To: "2026-10-10"}, "2026-10-02 2026-10-10 []"},
		{"one day", flags{From: "2026-10-31", To: "2026-10-31"}, "2026-10-31 2026-10-31 [2026-10]"},
		{"today has not ended", flags{To: "2026-11-02"}, "--to 2026-11-02 has not ended yet; the newest complete day is 2026-11-01"},
		{"backwards", flags{From: "2026-10-10", To: "2026-10-09"}, "--from 2026-10-10 is after --to 2026-10-09"},
		{"far too much", flags{From: "2001-01-01"}, "2001-01-01 to 2026-11-01 are 9436 days, more than the 1100 of one run"},
		{"no days", flags{From: "yesterday", To: "2026-10"}, "--to \"2026-10\" is not a day like 2026-11-01"},
		{"no source", flags{Only: []string{"kitt"}}, `--only "kitt" is no source; the sources are drops, kit, medium, sheets, stripe`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := newScope(tc.flags, declaredPipeline(t), defaultDays, morningAfter)
			got := fmt.Sprint(s.from, " ", s.to, " ", s.months)
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
	sc := scope{from: day("2026-10-29"), to: day("2026-11-01")}
	none := func(string, partition.Partition) bool { return false }
	all := func(string, partition.Partition) bool { return true }
	fake, real := feed{origin: invented, url: "x"}, feed{origin: live, url: "x", newest: day("2026-11-01")}
	lacks := func(table, p string) func(string, partition.Partition) bool {
		return func(t string, q partition.Partition) bool { return t != table || q != day(p) }
	}
	given := sc
	given.explicit = true
	for _, tc := range []struct {
		name, source string
		scope        scope
		feed         feed
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

func TestFolderHoldsDataOfOneOrigin(t *testing.T) {
	sc := scope{from: day("2026-10-18")}
	m := memory{Sources: map[string]origin{"kit": invented, "medium": live}}
	if err := m.extend(sc, map[string]origin{"kit": invented, "medium": live, "stripe": live}, ".rollcall"); err != nil {
		t.Fatal(err)
	}
	err := m.extend(sc, map[string]origin{"kit": live, "medium": live}, ".rollcall")
	if err == nil || !strings.Contains(err.Error(), ".rollcall holds data from elsewhere: kit was invented and is now live; give another folder with --data") {
		t.Errorf("got %v", err)
	}
}

func TestStartIsTheEarliestDayEverAskedFor(t *testing.T) {
	h := home{t.TempDir()}
	for _, from := range []string{"2026-10-18", "2026-10-20", "2026-10-10"} {
		m, err := h.recall()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.extend(scope{from: day(from)}, nil, h.dir); err != nil {
			t.Fatal(err)
		}
		if err := h.remember(m); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := h.recall(); err != nil || m.Start != day("2026-10-10") {
		t.Errorf("start %s, %v; want 2026-10-10", m.Start, err)
	}
}

func TestSteering(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "# all is well\n", ""},
		{"no such story", "restate: [{story: x, day: 2026-10-30, views: 5}]", "restate, entry 1: restate story x: there is no such story"},
		{"no day", "restate: [{story: x, day: tomorrow, views: 5}]", "is neither a day like"},
		{"no such source", "fail: {twitter: down}", `fail: "twitter" is not one of kit, medium, sheets, stripe`},
		{"no such setting", "restated: []", "field restated not found"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := home{t.TempDir()}
			write(t, h.steering(), tc.text)
			_, err := h.steer(creator.New(seed), day("2026-11-01"))
			if (tc.want == "") != (err == nil) || err != nil && (!strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), h.steering())) {
				t.Errorf("got %v, want %q and the file's name", err, tc.want)
			}
		})
	}
}

// What the first run writes does nothing; with its # taken away, it does what it says.
func TestTemplateOfSteeringCanBeUsedAsItStands(t *testing.T) {
	h := home{t.TempDir()}
	for range 2 {
		if s, err := h.steer(creator.New(seed), day("2026-11-01")); err != nil || len(s.Restate)+len(s.Fail) > 0 {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	text, err := os.ReadFile(h.steering())
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{"restate:", "  - {", "fail:", "  kit:", "  medium:"} {
		text = bytes.Replace(text, []byte("\n#"+mark), []byte("\n"+mark), 1)
	}
	write(t, h.steering(), string(text))
	s, err := h.steer(creator.New(seed), day("2026-11-01"))
	if err != nil || len(s.Restate) != 1 || len(s.Fail) != 2 {
		t.Fatalf("%+v, %v\n%s", s, err, text)
	}
	for name, failure := range s.Fail {
		if err := services[name].invent(creator.New(seed)).fail(failure); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownFailureIsAnError(t *testing.T) {
	dir := t.TempDir()
	steer(t, dir, "fail: {kit: asleep}")
	r := local(t, dir, flags{})
	if r.status != broken || !strings.Contains(r.stderr, "asleep") || !strings.Contains(r.stderr, "rate_limited") {
		t.Errorf("status %d: %s", r.status, r.stderr)
	}
}

func TestGrid(t *testing.T) {
	var rows []row
	for d := day("2026-11-01"); d.Compare(day("2026-10-28")) >= 0; d = d.Add(-1) {
		r := row{d, map[string]state{"kit": arrived, "medium": arrived}, map[string]state{"story_days": ran, "creator_overview": unchanged}}
		if d == day("2026-10-30") {
			r.Sources["kit"], r.Models["creator_overview"] = failed, waiting
		}
		rows = append(rows, r)
	}
	rows = append(rows, row{day("2026-10"), map[string]state{"stripe": waiting}, map[string]state{"revenue": notExpected}})
	var b bytes.Buffer
	writeGrid(&b, rows, false)
	golden(t, "grid.txt", b.String())

	for len(rows) < 60 {
		d := rows[len(rows)-2].Partition
		rows = append(rows[:len(rows)-1], row{d.Add(-1), rows[0].Sources, rows[0].Models}, rows[len(rows)-1])
	}
	b.Reset()
	writeGrid(&b, rows, false)
	golden(t, "grid_long.txt", b.String())
}

func TestMissingIsToldOnceForNeighbours(t *testing.T) {
	var list []item
	for _, d := range []string{"2026-10-30", "2026-10-31", "2026-11-01", "2026-11-03"} {
		for _, table := range []string{"raw.kit_subscribers", "raw.kit_subscriber_totals"} {
			list = append(list, item{Source: "kit", Table: table, Partition: day(d), Reason: "Kit is down", Cure: "wait"})
		}
	}
	want := "kit 2026-10-30 to 2026-11-01: Kit is down; to mend it: wait\nkit 2026-11-03: Kit is down; to mend it: wait\n"
	if diff := cmp.Diff(want, reasons(list)); diff != "" {
		t.Error(diff)
	}
}

func TestProgressInPlainText(t *testing.T) {
	now := morningAfter
	var b bytes.Buffer
	p := newProgress(&b, false, func() time.Time { return now })
	l := p.line("medium", "partitions", 4)
	p.line("models", "runs", 0).finish("")
	p.start()
	for range 3 {
		now = now.Add(4 * time.Second)
		l.step()
	}
	l.finish("failed for 2026-10-30")
	p.end()
	want := "medium    2/4 partitions, 0.2/s, 8 s left\nmedium    3/4 partitions: failed for 2026-10-30\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
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
	o.Missing = []item{{Source: "kit", Table: "raw.kit_subscribers", Partition: day("2026-11-01"), Reason: "Kit is down", Cure: "wait"}}
	for name := range o.Timings {
		o.Timings[name] = 1
	}
	text, err := json.MarshalIndent(o, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "outcome.json", string(text)+"\n")
}
