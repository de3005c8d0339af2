package operate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// later returns a change of the clock over a data folder, and of the days that a run covers.
func later(mornings, days int) func(*System) {
	return func(sys *System) {
		sys.now = func() time.Time { return folderNow().AddDate(0, 0, mornings) }
		sys.days = days
	}
}

// inDir runs a command over a data folder.
func inDir(t *testing.T, change func(*System), run func(Place, Confirmation, System) (bool, error), dir string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	sys := folderSystem(&stdout, &stderr)
	sys.by = "ann@laptop, process 7"
	change(&sys)
	r := result{status: status(&stderr)(run(Place{Data: dir}, Confirmation{Yes: true, JSON: true}, sys)), stderr: stderr.String()}
	if r.status != broken {
		if err := json.Unmarshal(stdout.Bytes(), &r.Outcome); err != nil {
			t.Fatalf("standard output is not JSON: %v\n%s", err, stdout.String())
		}
	}
	return r
}

func loadIn(t *testing.T, dir string, change func(*System), o LoadOptions) result {
	t.Helper()
	return inDir(t, change, func(at Place, c Confirmation, sys System) (bool, error) {
		o.Place, o.Confirmation = at, c
		return Load(t.Context(), o, sys)
	}, dir)
}

// wrongLists is what upstream.yaml says on a morning when three services list almost nothing.
const wrongLists = "fail: {medium: list_ends_early, kit: few, sheets: header_alone}"

// A list that ends early is published by nothing. A person who knows better accepts it, and it says so for good.
func TestMorningOfWrongListsPublishesNothingUntilAPersonAcceptsThem(t *testing.T) {
	dir := completeDir(t)
	before := contents(t, dir)
	steer(t, dir, wrongLists)
	options := RunOptions{Source: []string{"kit", "medium", "sheets"}}
	morning := localIn(t, dir, options, later(1, 1))
	if morning.status != incomplete || len(morning.Runs) > 0 || len(morning.Loads) > 0 {
		t.Errorf("status %d, runs %q, loads %+v; want 3 and nothing", morning.status, names(morning.Runs), morning.Loads)
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("tables changed:\n%s", diff)
	}
	sources := []string{"kit", "medium", "sheets"}
	for _, source := range sources {
		line := ""
		for l := range strings.Lines(morning.stderr) {
			if strings.HasPrefix(l, "missing: "+source+" 2026-11-02: its rows were refused on 3 Nov ") {
				line = l
			}
		}
		if fix := fmt.Sprintf("load --source %s --date 2026-11-02 --accept --data %s", source, dir); !strings.Contains(line, fix) {
			t.Errorf("%s is not named as refused with %q:\n%s", source, fix, morning.stderr)
		}
		if s := stateOf(morning, source, "2026-11-02"); s != explain.Refused {
			t.Errorf("%s is %q in the grid, want refused", source, s)
		}
	}
	for _, source := range sources {
		r := loadIn(t, dir, later(1, 1), LoadOptions{Source: source, Date: "2026-11-02", Accept: true, Reason: "I know"})
		if r.status != complete || len(r.Accepted) != 1 || len(r.Loads) == 0 {
			t.Fatalf("%s: status %d, accepted %+v\n%s", source, r.status, r.Accepted, r.stderr)
		}
		a := r.Accepted[0]
		if a.By != "ann@laptop" || a.Reason != "I know" || a.Source != source || len(a.Refused) == 0 {
			t.Errorf("accepted %+v", a)
		}
		if source == "kit" && len(r.Runs) == 0 {
			t.Error("no model ran on the accepted rows")
		}
	}
	again := localIn(t, dir, options, later(1, 1)) // the services still list as little
	if again.status != complete {
		t.Errorf("status %d\n%s", again.status, again.stderr)
	}
	for _, source := range sources {
		if s := stateOf(again, source, "2026-11-02"); s != explain.Accepted {
			t.Errorf("%s is %q in the grid, want accepted", source, s)
		}
	}
}

func stateOf(r result, source, p string) term.State {
	for _, row := range r.Partitions {
		if row.Partition == day(p) {
			return row.Sources[source]
		}
	}
	return ""
}

// rowsBy returns the rows of a table that were loaded, by partition.
func rowsBy(r result, table string) map[string]int64 {
	rows := map[string]int64{}
	for _, l := range r.Loads {
		if l.Table == table && l.Rows != nil {
			rows[l.Partition.String()] = *l.Rows
		}
	}
	return rows
}

// Pruned on Monday, read on Thursday: one command loads four days, each with its own rows.
func TestAcceptanceLoadsTheDaysThatWereRefusedAfterIt(t *testing.T) {
	dir := completeDir(t)
	steer(t, dir, "fail: {kit: few}")
	for n, p := range []string{"2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"} {
		r := loadIn(t, dir, later(1+n, 1), LoadOptions{Source: "kit", Date: p})
		if r.status != incomplete || len(r.Missing) != 1 || len(r.Missing[0].Refusals) == 0 || len(r.Loads) > 0 {
			t.Fatalf("%s: status %d, missing %+v", p, r.status, r.Missing)
		}
	}
	r := loadIn(t, dir, later(4, 1), LoadOptions{Source: "kit", Date: "2026-11-02", Accept: true})
	if r.status != complete || len(r.Accepted) != 1 || r.Plan == nil || len(r.Plan.Refused) != 4 {
		t.Fatalf("status %d, accepted %+v\n%s", r.status, r.Accepted, r.stderr)
	}
	want := map[string]int64{"2026-11-02": 5, "2026-11-03": 5, "2026-11-04": 5, "2026-11-05": 5}
	if diff := cmp.Diff(want, rowsBy(r, "raw.kit_subscribers")); diff != "" {
		t.Errorf("loaded rows:\n%s", diff)
	}
	ran := map[string]bool{}
	for _, it := range r.Runs {
		if it.Model == "subscriber_growth" {
			ran[it.Partition.String()] = true
		}
	}
	if len(ran) != 4 {
		t.Errorf("subscriber_growth ran for %v, want four days", ran)
	}
}

func TestNothingIsAcceptedThatWasNotRefused(t *testing.T) {
	dir := completeDir(t)
	before := contents(t, dir)
	for _, tc := range []struct {
		options LoadOptions
		want    string
	}{
		{LoadOptions{Source: "kit", Date: "2026-11-01", Accept: true}, "nothing of kit is refused for 2026-11-01, so there is nothing to accept"},
		{LoadOptions{Source: "kitt", Date: "2026-11-01"}, `--source: no source is named "kitt"; do you mean kit?`},
		{LoadOptions{Source: "stripe", Date: "2026-11-01"}, "source stripe is monthly, and 2026-11-01 is not; pass a partition like --month 2026-10"},
		{LoadOptions{Source: "kit", Month: "2026-10"}, "source kit is daily, and 2026-10 is not; pass a partition like --date 2026-11-01"},
		{LoadOptions{Source: "kit", Date: "2026-11-02"}, "--date 2026-11-02 has not ended yet; the newest complete one is 2026-11-01"},
		{LoadOptions{Source: "kit", Date: "2026-10-01"}, "2026-10-01 lies before the start of the pipeline of " + dir + ", 2026-10-30"},
		{LoadOptions{Source: "kit", Date: "2026-11-01", Reason: "why"}, "--reason needs --accept"},
		{LoadOptions{Source: "kit"}, "nothing says what to load; pass --date or --month"},
		{LoadOptions{Date: "2026-11-01"}, "--source is missing"},
	} {
		if r := loadIn(t, dir, later(0, 1), tc.options); r.status != broken || !strings.Contains(r.stderr, tc.want) {
			t.Errorf("%+v: status %d: %s", tc.options, r.status, r.stderr)
		}
	}
	if diff := cmp.Diff(before, contents(t, dir)); diff != "" {
		t.Errorf("tables changed:\n%s", diff)
	}
}

// One confirmation for a range: what was refused before, and what is refused meanwhile.
func TestBackfillAcceptsWhatWasRefusedAndWhatIs(t *testing.T) {
	dir := completeDir(t)
	steer(t, dir, "fail: {kit: few}")
	loadIn(t, dir, later(1, 1), LoadOptions{Source: "kit", Date: "2026-11-02"})
	o := BackfillOptions{Range: Range{From: "2026-11-02", To: "2026-11-03"}, Source: []string{"kit"}, Parallel: 1}
	backfill := func() result {
		return inDir(t, later(2, 1), func(at Place, c Confirmation, sys System) (bool, error) {
			o.Place, o.Confirmation = at, c
			return Backfill(t.Context(), o, sys)
		}, dir)
	}
	refused := backfill()
	if refused.status != incomplete || len(refused.Accepted) > 0 || len(refused.Missing) == 0 {
		t.Fatalf("status %d, accepted %+v", refused.status, refused.Accepted)
	}
	for _, it := range refused.Missing {
		if it.Source == "kit" && (len(it.Refusals) == 0 || !strings.Contains(it.Hint, "--accept --data "+dir)) {
			t.Errorf("missing %+v, want it refused with the fix", it)
		}
	}
	o.Accept, o.Reason = true, "pruned"
	accepted := backfill()
	if accepted.status != complete {
		t.Fatalf("status %d\n%s", accepted.status, accepted.stderr)
	}
	by := map[partition.Partition]string{}
	for _, a := range accepted.Accepted {
		by[a.Partition] = a.By + ": " + a.Reason
	}
	// The second day is no longer refused once the first is accepted.
	if got := by[day("2026-11-02")]; got != "ann@laptop: pruned" {
		t.Errorf("accepted %v", by)
	}
	state := map[string]State{}
	for _, l := range accepted.Loads {
		state[l.Table+" "+l.Partition.String()] = l.State
	}
	want := map[string]State{
		"raw.kit_subscribers 2026-11-02": Loaded, "raw.kit_subscribers 2026-11-03": Loaded,
		"raw.kit_subscriber_totals 2026-11-02": Loaded, "raw.kit_subscriber_totals 2026-11-03": Loaded,
	}
	if !maps.Equal(want, state) {
		t.Errorf("loads:\n%s", cmp.Diff(want, state))
	}
}
