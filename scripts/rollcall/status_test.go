package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/scripts/internal/term"
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

// What the commands that only read import must open no database: another process may be writing to it.
func TestCommandsThatOnlyReadLinkNeitherDatabaseNorStandIns(t *testing.T) {
	packages := map[string]bool{}
	for _, file := range []string{"main.go", "flags.go", "text.go", "status.go", "detail.go", "explain.go", "lineage.go", "deadletters.go"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			packages[strings.Trim(spec.Path.Value, `"`)] = true
		}
	}
	args := append([]string{"list", "-deps"}, slices.Sorted(maps.Keys(packages))...)
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"duckdb", "fake-gcs-server", "/pstest", "localcloud", "shared/creator", "googlesql"} {
		if strings.Contains(string(out), name) {
			t.Errorf("they link %s", name)
		}
	}
}

func TestFolderWithoutDataSaysHowToComeByIt(t *testing.T) {
	var out, errs bytes.Buffer
	sys := system{out: term.NewOutput(&out), err: term.NewOutput(&errs), open: open}
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
		"load --source kit --source medium --date 2026-11-25": "--source is given twice",
		"lineage ''":              "<name> is empty",
		"status --date= --data x": "--date has an empty value",
	} {
		var out, errs bytes.Buffer
		words := strings.Fields(strings.ReplaceAll(args, "''", "\x00"))
		for n := range words {
			words[n] = strings.ReplaceAll(words[n], "\x00", "")
		}
		sys := system{out: term.NewOutput(&out), err: term.NewOutput(&errs), open: open}
		if status := rollcall(t.Context(), words, sys); status != broken || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: status %d: %s", args, status, errs.String())
		}
	}
}

// dataFolder returns a data folder in which one table has arrived at an instant, and in which the database cannot be opened.
func dataFolder(t *testing.T, at time.Time) string {
	t.Helper()
	dir := t.TempDir()
	arrival := fmt.Sprintf("%s-l1-%s.json", at.Format("2006-01-02T15:04:05.000000Z"), strings.Repeat("0", 64))
	for name, text := range map[string]string{
		"local.json":       `{"start": "2026-11-20", "sources": {"kit": "invented"}}`,
		"warehouse.duckdb": "another process writes here",
		"objects/ledger/partitions/2026-11-21/arrivals/raw.kit_subscribers/" + arrival: "{}",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestClockOfADataFolderIsRollcallNow(t *testing.T) {
	dir := dataFolder(t, time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC))
	for _, tc := range []struct {
		now    string
		status int
		want   string
	}{
		{"2026-11-22T08:00:00Z", incomplete, "on 22 Nov 08:00"},
		{"2026-11-21T08:00:00Z", broken, "data folder " + dir + ": its newest arrival is of 2026-11-22T07:00:00Z"},
		{"yesterday", broken, `ROLLCALL_NOW="yesterday" is not a time like`},
	} {
		t.Setenv("ROLLCALL_NOW", tc.now)
		for _, args := range [][]string{{"status"}, {"explain", "subscriber_sources", "2026-11-20"}, {"deadletters"}} {
			var out, errs bytes.Buffer
			status := rollcall(t.Context(), append(args, "--data", dir), system{out: term.NewOutput(&out), err: term.NewOutput(&errs), open: open})
			if args[0] == "status" && status != tc.status || (status == broken) != (tc.status == broken) {
				t.Errorf("%s at %s: status %d: %s", args[0], tc.now, status, errs.String())
			}
			if got := out.String() + errs.String(); (args[0] == "status" || status == broken) && !strings.Contains(got, tc.want) {
				t.Errorf("%s at %s: %s\nwant %q", args[0], tc.now, got, tc.want)
			}
		}
	}
}
