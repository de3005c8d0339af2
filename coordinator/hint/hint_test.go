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
