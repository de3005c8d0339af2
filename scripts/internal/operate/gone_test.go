package operate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// Whatever the warehouse has lost, a run names it with the command that makes it again, nothing runs on what is left, and
// after that command all tables are as before. By the ledger all of it is up to date, so nothing else would make it again.
func TestWhatIsGoneIsNamedAndMadeAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lose  func(t *testing.T, dir string, now func() time.Time)
		says  []string // by the run, as missing
		again []func(t *testing.T, dir string) Outcome
	}{
		"a table of a model": {
			lose:  dropTables("mart.story_days"),
			says:  []string{"story_days 2026-10-30 to 2026-11-01: its rows are gone from mart.story_days; fix: go run ./scripts/rollcall replay --gone --data DATA"},
			again: []func(t *testing.T, dir string) Outcome{replayGone},
		},
		"a table that a model replaces as a whole and one that models read": {
			lose:  dropTables("mart.story_stats", "mart.story_months"),
			says:  []string{"story_stats 2026-10-30 to 2026-11-01: its rows are gone", "story_months 2026-10: its rows are gone"},
			again: []func(t *testing.T, dir string) Outcome{replayGone},
		},
		"a table of a source with a window": {
			lose:  dropTables("raw.medium_story_days"),
			says:  []string{"medium 2026-10-25: its rows are gone: raw.medium_story_days was created again on "},
			again: []func(t *testing.T, dir string) Outcome{backfillAgain("medium")},
		},
		"a table of snapshots": {
			lose:  dropTables("raw.kit_subscribers"),
			says:  []string{"kit 2026-10-30 to 2026-10-31: its rows are gone: raw.kit_subscribers was created again on "},
			again: []func(t *testing.T, dir string) Outcome{backfillAgain("kit")},
		},
		"the file": {
			lose: func(t *testing.T, dir string, _ func() time.Time) {
				if err := os.Remove(datadir.Dir{Path: dir}.Warehouse()); err != nil {
					t.Fatal(err)
				}
			},
			says: []string{"kit 2026-10-30 to 2026-10-31: its rows are gone", "drops 2026-10: its rows are gone",
				"story_days 2026-10-30 to 2026-11-01: its rows are gone from mart.story_days; fix: go run ./scripts/rollcall replay --gone"},
			again: []func(t *testing.T, dir string) Outcome{backfillAgain(), replayGone},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := completeDir(t)
			want := contents(t, dir)
			c.lose(t, dir, folderNow)
			r := runLocal(t, dir, RunOptions{})
			if r.status != incomplete {
				t.Errorf("the run ended with status %d: %s", r.status, r.stderr)
			}
			missing := strings.ReplaceAll(reasons(r.Missing), dir, "DATA")
			for _, says := range c.says {
				if !strings.Contains(missing, says) {
					t.Errorf("the run does not say %q:\n%s", says, missing)
				}
			}
			if len(r.Runs) > 0 {
				t.Errorf("on what is left ran %v", names(r.Runs))
			}
			for _, again := range c.again {
				again(t, dir)
			}
			checkNothingIsGone(t, dir)
			if last := runLocal(t, dir, RunOptions{}); last.status != complete || len(last.Runs) > 0 {
				t.Errorf("in the end the run has status %d, and ran %v: %s", last.status, names(last.Runs), last.stderr)
			}
			checkReports(t, dir)
			got := contents(t, dir)
			for _, tables := range []map[string]string{want, got} { // the first run loaded a month more of these, which no model reads
				for _, table := range []string{"raw.drops_medium_earnings", "raw.drops_medium_stories", "raw.stripe_balance_transactions"} {
					delete(tables, table)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("tables differ from before:\n%s", diff)
			}
		})
	}
}

// checkNothingIsGone checks that the newest record of what is gone, which status shows, names nothing that was made again.
func checkNothingIsGone(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(datadir.Dir{Path: dir}.Objects(), "ledger", "warehouse", "gone", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("records of what is gone: %v, error %v", files, err)
	}
	data, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Tables []struct{ Table, From, Through string }
	}
	if err := json.Unmarshal(data, &record); err != nil {
		t.Fatal(err)
	}
	for _, gone := range record.Tables {
		if gone.Through != "2026-09" { // a month before the days that are loaded again
			t.Errorf("recorded as gone: %v", gone)
		}
	}
}

// checkReports checks that the log has one error for each table that is gone, however often a command has run.
func checkReports(t *testing.T, dir string) {
	t.Helper()
	data, err := os.ReadFile(datadir.Dir{Path: dir}.Log())
	if err != nil {
		t.Fatal(err)
	}
	var tables []string
	for line := range bytes.Lines(data) {
		var entry struct{ Severity, Message, Table, Hint, Command string }
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Message == "table is gone" {
			if entry.Severity != "ERROR" || entry.Hint == "" || !strings.Contains(entry.Command, "rollcall ") {
				t.Errorf("logged: %s", line)
			}
			tables = append(tables, entry.Table)
		}
	}
	if once := slices.Compact(slices.Sorted(slices.Values(tables))); len(once) == 0 || len(once) != len(tables) {
		t.Errorf("the log has errors about %v", tables)
	}
}

// dropTables returns a function that drops tables, as a person does with another program.
func dropTables(tables ...string) func(t *testing.T, dir string, now func() time.Time) {
	return func(t *testing.T, dir string, now func() time.Time) {
		t.Helper()
		d, err := duckdb.Open(t.Context(), duckdb.Options{Path: datadir.Dir{Path: dir}.Warehouse(), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tables {
			dataset, table, _ := strings.Cut(name, ".")
			drop := warehouse.Query{SQL: "DROP TABLE " + name, Target: &warehouse.Table{Dataset: dataset, Name: table}}
			if _, err := warehouse.Run(t.Context(), d, warehouse.Job{ID: fmt.Sprintf("drop_%s_%d", table, now().UnixNano()), Query: &drop}); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// replayGone runs again what models have published and is gone.
func replayGone(t *testing.T, dir string) (o Outcome) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	options := ReplayOptions{Place: Place{Data: dir}, Confirmation: Confirmation{Yes: true, JSON: true}, Gone: true}
	code := status(&stderr)(Replay(t.Context(), options, folderSystem(&stdout, &stderr)))
	if err := json.Unmarshal(stdout.Bytes(), &o); err != nil || code != complete {
		t.Errorf("replay --gone ended with status %d, %v: %s", code, err, stderr.String())
	}
	return o
}

// backfillAgain returns a function that loads what some sources have loaded before.
func backfillAgain(sources ...string) func(t *testing.T, dir string) Outcome {
	return func(t *testing.T, dir string) (o Outcome) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		options := BackfillOptions{Place: Place{Data: dir}, Confirmation: Confirmation{Yes: true, JSON: true},
			Range: Range{From: "2026-10-30"}, Source: sources, Parallel: 2}
		code := status(&stderr)(Backfill(t.Context(), options, folderSystem(&stdout, &stderr)))
		if err := json.Unmarshal(stdout.Bytes(), &o); err != nil || code != complete {
			t.Errorf("backfill of %v ended with status %d, %v: %s", sources, code, err, stderr.String())
		}
		return o
	}
}
