package operate

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/scripts/internal/term"
)

// What is wrong is said before anything is touched, and before a person is asked.
func TestWrongNamesAreReportedBeforeAMissingTerminal(t *testing.T) {
	w := simple(t)
	objects := len(w.store.Names())
	for _, tc := range []struct {
		options ReplayOptions
		want    string
	}{
		{ReplayOptions{Date: "2026-11-20", Model: "dasy"}, `--model: no model is named "dasy"; do you mean days?`},
		{ReplayOptions{Month: "2026-10", Model: "days"}, "--model days is daily, and 2026-10 is not; pass a partition like --date 2026-10-31"},
		{ReplayOptions{Month: "2026-10-31"}, `--month "2026-10-31" is not a month like 2026-10; do you mean --date 2026-10-31?`},
		{ReplayOptions{Date: "2026-11-20", Month: "2026-11"}, "--date and --month contradict each other; pass one"},
	} {
		code, _, stderr := w.command(t.Context(), tc.options, "", false)
		if code != broken || !strings.Contains(stderr, tc.want) || strings.Contains(stderr, "--yes") {
			t.Errorf("%+v: status %d: %s", tc.options, code, stderr)
		}
	}
	if n := len(w.store.Names()); n != objects {
		t.Errorf("%d objects were written to the ledger", n-objects)
	}
}

func TestBackfillNeedsItsFirstDay(t *testing.T) {
	_, err := Backfill(t.Context(), BackfillOptions{Parallel: 1}, System{})
	if err == nil || !strings.Contains(err.Error(), "--from is missing") {
		t.Errorf("got %v", err)
	}
}

// Every command over a data folder takes its time from ROLLCALL_NOW.
func TestClockThatCannotBeRightIsRefusedByEveryCommand(t *testing.T) {
	dir := filled(t) // at 2026-11-02
	for now, want := range map[string]string{
		"yesterday":            `ROLLCALL_NOW="yesterday" is not a time like`,
		"2026-10-31T09:00:00Z": "data folder " + dir + ": its newest arrival is of 2026-11-02T",
	} {
		var out bytes.Buffer
		sys := System{In: &out, Out: term.NewOutput(&out), Err: term.NewOutput(&out), Env: envconfig.MapLookuper(map[string]string{datadir.NowVariable: now})}
		at := Place{Data: dir}
		for name, command := range map[string]func() (bool, error){
			"run":    func() (bool, error) { return Run(t.Context(), RunOptions{Data: dir}, sys) },
			"replay": func() (bool, error) { return Replay(t.Context(), ReplayOptions{Place: at, Date: "2026-10-30"}, sys) },
			"backfill": func() (bool, error) {
				return Backfill(t.Context(), BackfillOptions{Place: at, Range: Range{Date: "2026-10-30"}, Parallel: 1}, sys)
			},
		} {
			if _, err := command(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s at %s: %v", name, now, err)
			}
		}
	}
}

func TestFlagsAreAdvisedOnlyWhereTheyHelp(t *testing.T) {
	for explicit, want := range map[bool]string{
		false: "Not requested again: 3 older partitions, complete and outside of what each run reads again (--from and --to request them)\n",
		true:  "Not requested again: 3 older partitions, complete and outside of what each run reads again\n",
	} {
		var out bytes.Buffer
		(&runner{skipped: 3, explicit: explicit}).writeNotes(term.NewOutput(&out))
		if out.String() != want {
			t.Errorf("explicit %v: %s", explicit, out.String())
		}
	}
}
