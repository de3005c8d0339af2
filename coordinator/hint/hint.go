// Package hint says what a person can do about a fault. The rest of the engine states what is wrong, by a
// code and its facts; this is the one place that turns them into advice and a command line.
package hint

import (
	"fmt"
	"strings"

	"example.com/rollcall/shared/partition"
)

// Code says what is wrong.
type Code string

// The codes. Lost to GaveUp are about a source's partition that is overdue, the others about a run of a model.
const (
	None         Code = ""
	Lost         Code = "lost"          // every missing table is a snapshot of a past partition
	ByHand       Code = "by_hand"       // a person loads this source
	Requested    Code = "requested"     // the sweep requests the load again
	NotRequested Code = "not_requested" // nothing requests the load again
	GaveUp       Code = "gave_up"       // the requests have brought nothing, and there are no more
	Retried      Code = "retried"       // the run has failed for now, and is retried
	AuditFailed  Code = "audit_failed"
	RunFailed    Code = "run_failed"
)

// Fault holds a code and the facts about it.
type Fault struct {
	Code      Code
	Source    string // of an overdue partition
	Model     string // of a run
	Partition partition.Partition
	Lost      []string // missing tables that nothing can bring back
	Requests  int      // load requests: made so far if Code is GaveUp, else the most that are made
}

// Advice returns what a person can do about f, and a command line that helps. deployment is the flag that
// names the deployment, like "--project my-mart"; it may be empty.
func (f Fault) Advice(deployment string) (text, command string) {
	date := "--date"
	if f.Partition.Grain() == partition.Monthly {
		date = "--month"
	}
	status := CommandLine(deployment, "status", date, f.Partition.String())
	explain := CommandLine(deployment, "explain", f.Model, f.Partition.String())
	switch f.Code {
	case None:
		return "", ""
	case Lost:
		return f.lost(), status
	case ByHand:
		return fmt.Sprintf("a person loads this source: see functions/%s/README.md", f.Source), status
	case Retried:
		return "nothing: the run is retried automatically", explain
	case AuditFailed:
		return "look at the staged rows, which are kept for a day; then fix the source and load again, or fix the check and deploy", explain
	case RunFailed:
		return "fix the SQL and deploy, or fix the data and load again: the model then runs automatically; to run it unchanged: " +
			CommandLine(deployment, "replay", "--date", f.Partition.String(), "--model", f.Model), explain
	}
	if len(f.Lost) > 0 {
		text = f.lost() + "; for the other tables: "
	}
	switch f.Code {
	case GaveUp:
		text += fmt.Sprintf("%d load requests brought nothing, and there will be no more: fix what the log of function %s says, "+
			"then load it", f.Requests, f.Source)
	case Requested:
		text += fmt.Sprintf("its load is requested again automatically, up to %d times; if that does not help, "+
			"see the log of function %s", f.Requests, f.Source)
	default:
		text += fmt.Sprintf("load it; if that fails, see the log of function %s", f.Source)
	}
	first, last := partition.Day(f.Partition.Start()), partition.Day(f.Partition.End().Add(-1))
	return text, CommandLine(deployment, "backfill", "--from", first.String(), "--to", last.String(), "--source", f.Source)
}

func (f Fault) lost() string {
	return fmt.Sprintf("nothing can bring back %s, because the source only reports its current state: set a later start for the source "+
		"in pipeline.yaml, or load a backup", strings.Join(f.Lost, ", "))
}

// CommandLine returns a command line of rollcall, such as "go run ./scripts/rollcall status --project my-mart".
func CommandLine(deployment string, args ...string) string {
	return strings.TrimSuffix("go run ./scripts/rollcall "+strings.Join(append(args, deployment), " "), " ")
}
