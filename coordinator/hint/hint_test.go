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
		hint.RunFailed:   "to run it unchanged: go run ./scripts/rollcall replay --date 2026-10 --model revenue --data here",
	} {
		f := hint.Fault{Code: code, Model: "revenue", Partition: partition.MustParse("2026-10")}
		text, command := f.Advice("--data here")
		if !strings.Contains(text, want) || command != "go run ./scripts/rollcall explain revenue 2026-10 --data here" {
			t.Errorf("%s: %q, %q", code, text, command)
		}
	}
}
