package status

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/shared/partition"
)

func TestUnknownNamesAreAnsweredWithTheNearest(t *testing.T) {
	known := []string{"story_days", "story_months", "revenue", "creator_overview"}
	for _, tc := range []struct{ name, want string }{
		{"storydays", "; do you mean story_days?"},
		{"revnue", "; do you mean revenue?"},
		{"overview", "; do you mean creator_overview?"},
		{"story", "; do you mean story_days or story_months?"},
		{"x", "; there are story_days, story_months, revenue, creator_overview"},
	} {
		if got := didYouMean(tc.name, known); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestOverviewHasTheDaysAndTheMonthsThatEndedInThemOrLastBefore(t *testing.T) {
	day := partition.MustParse
	for _, tc := range []struct {
		last, start string
		days        int
		want        string
	}{
		{"2026-11-21", "2026-01-01", 2, "2026-10 2026-11-20 2026-11-21"},
		{"2026-12-01", "2026-01-01", 2, "2026-10 2026-11 2026-11-30 2026-12-01"},
		{"2026-11-30", "2026-01-01", 1, "2026-10 2026-11 2026-11-30"},
		{"2026-11-21", "2026-11-20", 9, "2026-11-20 2026-11-21"},
		{"2026-11-21", "2026-10-31", 1, "2026-10 2026-11-21"},
	} {
		list, err := window(day(tc.last), tc.days, day(tc.start))
		var got []string
		for _, p := range list {
			got = append(got, p.String())
		}
		if strings.Join(got, " ") != tc.want || err != nil {
			t.Errorf("%d days to %s: %v, %v; want %s", tc.days, tc.last, got, err, tc.want)
		}
	}
}

// Whoever only reads starts nothing, and opens no database that another process has.
func TestNeitherDatabaseNorStandInsAreLinked(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"duckdb", "fake-gcs-server", "/pstest", "localcloud", "shared/creator", "googlesql"} {
		if strings.Contains(string(out), name) {
			t.Errorf("status links %s", name)
		}
	}
}

func TestFolderWithoutDataSaysHowToComeByIt(t *testing.T) {
	var out, errs bytes.Buffer
	sys := system{out: &out, err: &errs, now: time.Now, open: open}
	if status := run(t.Context(), []string{"--data", t.TempDir()}, sys); status != broken || !strings.Contains(errs.String(), "run go run ./scripts/rollcall first") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	errs.Reset()
	if status := run(t.Context(), []string{"--data", "x", "--project", "y"}, sys); status != broken || !strings.Contains(errs.String(), "two places") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
