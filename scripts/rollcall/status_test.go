package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"example.com/rollcall/shared/partition"
)

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
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../coordinator", "../internal/deployment/datadir", "../internal/deployment/gcp", "../internal/term").Output()
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
	sys := system{out: &out, err: &errs, open: open}
	if status := rollcall(t.Context(), []string{"status", "--data", t.TempDir()}, sys); status != broken || !strings.Contains(errs.String(), "run go run ./scripts/rollcall first") {
		t.Errorf("status %d: %s", status, errs.String())
	}
	errs.Reset()
	if status := rollcall(t.Context(), []string{"status", "--data", "x", "--project", "y"}, sys); status != broken || !strings.Contains(errs.String(), "--data and --project can't be used together") {
		t.Errorf("status %d: %s", status, errs.String())
	}
}

func TestWrongCommandFlagOrEmptyValueIsRefused(t *testing.T) {
	for args, want := range map[string]string{
		"statsu":                       `no command is named "statsu"; do you mean status?`,
		"--jsn":                        `unknown flag --jsn, did you mean "--json"?`,
		"status --data=":               "--data has an empty value",
		"explain --project= m 2026-10": "--project has an empty value",
		"run --source=":                "--source has an empty value",
		"lineage ''":                   "<name> is empty",
		"status --date= --data x":      "--date has an empty value",
	} {
		var out, errs bytes.Buffer
		words := strings.Fields(strings.ReplaceAll(args, "''", "\x00"))
		for n := range words {
			words[n] = strings.ReplaceAll(words[n], "\x00", "")
		}
		sys := system{out: &out, err: &errs, open: open}
		if status := rollcall(t.Context(), words, sys); status != broken || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: status %d: %s", args, status, errs.String())
		}
	}
}
