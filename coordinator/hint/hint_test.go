package hint_test

import (
	"strings"
	"testing"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/shared/partition"
)

// The advice about a run names how to run it again only where nothing else will.
func TestAdviceAboutARunFitsItsEnd(t *testing.T) {
	for code, want := range map[hint.Code]string{
		hint.Retried:     "nothing: the run is retried automatically",
		hint.AuditFailed: "look at the staged rows",
		hint.RunFailed:   "to run it unchanged: go run ./scripts/rollcall replay --month 2026-10 --model revenue --data here",
	} {
		f := hint.Fault{Code: code, Model: "revenue", Partition: partition.MustParse("2026-10")}
		text, command := f.Advice(hint.Deployment{Flag: "--data here"})
		if !strings.Contains(text, want) || command != "go run ./scripts/rollcall explain revenue 2026-10 --data here" {
			t.Errorf("%s: %q, %q", code, text, command)
		}
	}
}

// A line is for a person who looks at how everything stands: it shows what changes that, for the deployment.
func TestLineIsTheCommandThatChangesSomething(t *testing.T) {
	here, project := hint.Deployment{Local: true}, hint.Deployment{Flag: "--project my-mart"}
	day := partition.MustParse("2026-11-21")
	failed := hint.Fault{Code: hint.LoadFailed, Source: "kit", Partition: day, Cause: "make a new key"}
	refused := hint.Fault{Code: hint.Refused, Source: "stripe", Partition: partition.MustParse("2026-10")}
	stale := hint.Fault{Code: hint.NotRefreshed, Source: "kit", Partition: day}
	byHand := hint.Fault{Code: hint.LoadFailed, Source: "drops", Partition: partition.MustParse("2026-10"), ByHand: true}
	load := hint.Fault{Code: hint.Requested, Source: "kit", Partition: day, Through: day.Add(2)}
	lost := hint.Fault{Code: hint.NotRequested, Source: "medium", Partition: day, Lost: []string{"raw.medium_stories"}}
	for _, tc := range []struct {
		fault hint.Fault
		at    hint.Deployment
		want  string
	}{
		{load, here, "go run ./scripts/rollcall run --from 2026-11-21 --to 2026-11-23 --source kit"},
		{load, project, "go run ./scripts/rollcall backfill --from 2026-11-21 --to 2026-11-23 --source kit --project my-mart"},
		{hint.Fault{Code: hint.Ready, Model: "revenue", Partition: day}, here, "go run ./scripts/rollcall run"},
		{hint.Fault{Code: hint.Ready, Model: "revenue", Partition: day}, project, ""},
		{hint.Fault{}, here, ""},
		{failed, project, "make a new key; then: go run ./scripts/rollcall load --source kit --date 2026-11-21 --project my-mart"},
		{through(failed, 1), here, "make a new key; then: go run ./scripts/rollcall run --from 2026-11-21 --to 2026-11-22 --source kit"},
		{refused, here, "look at the source; if it is right, accept the rows that were refused: " +
			"go run ./scripts/rollcall load --source stripe --month 2026-10 --accept"},
		{through(refused, 1), here, "look at the source; if it is right, accept the rows that were refused: " +
			"go run ./scripts/rollcall backfill --from 2026-10-01 --to 2026-11-30 --source stripe --accept"},
		{stale, project, "go run ./scripts/rollcall load --source kit --date 2026-11-21 --project my-mart"},
		{byHand, here, "a person loads this source: see functions/drops/README.md"},
	} {
		if got := tc.fault.Line(tc.at); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.fault.Code, got, tc.want)
		}
	}
	if got := lost.Line(here); !strings.HasPrefix(got, "nothing can bring back raw.medium_stories, ") ||
		!strings.Contains(got, "; for the other tables: go run") {
		t.Errorf("lost: %q", got)
	}
}

// through returns a fault of so many more partitions.
func through(f hint.Fault, more int) hint.Fault {
	f.Through = f.Partition.Add(more)
	return f
}
