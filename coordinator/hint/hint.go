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

// The codes. Lost to GaveUp are about a source's partition that is overdue, Retried to Ready about a model's
// partition, and the others about a dead letter.
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
	Ready        Code = "ready"       // all inputs are there, and the next sweep runs it
	Unreadable   Code = "unreadable"  // it is not an event
	Undelivered  Code = "undelivered" // it was not acknowledged before its last delivery
	Unprocessed  Code = "unprocessed" // its attributes give the reason
)

// Fault holds a code and the facts about it.
type Fault struct {
	Code      Code
	Source    string // of an overdue partition
	Model     string
	Partition partition.Partition
	Through   partition.Partition // the last of several neighbouring partitions that are overdue; zero: Partition
	Letter    string              // the id of a dead letter
	Lost      []string            // missing tables that nothing can bring back
	Requests  int                 // load requests: made so far if Code is GaveUp, else the most that are made
}

// Deployment says for which deployment command lines are.
type Deployment struct {
	Flag  string // that names it, like "--project my-mart"; may be empty
	Local bool   // it is a data folder, in which rollcall run does the work of the sweep
}

// Advice returns what a person can do about f, and a command line that helps.
func (f Fault) Advice(d Deployment) (text, command string) {
	date := "--date"
	if f.Partition.Grain() == partition.Monthly {
		date = "--month"
	}
	status := CommandLine(d.Flag, "status", date, f.Partition.String())
	explain := CommandLine(d.Flag, "explain", f.Model, f.Partition.String())
	again := "; to run it unchanged: " + CommandLine(d.Flag, "replay", date, f.Partition.String(), "--model", f.Model)
	sendBack := CommandLine(d.Flag, "replay", "--deadletters", "--id", f.Letter)
	switch f.Code {
	case None:
		return "", ""
	case Ready:
		if d.Local {
			return "run it", CommandLine(d.Flag, "run")
		}
		return "nothing: the next sweep runs it", explain
	case Unreadable:
		return "it can never be read: find out who published it, and load that source's partition again", ""
	case Undelivered:
		return "find in the log why it was not acknowledged, correct that, and send it back: " + sendBack, sendBack
	case Unprocessed:
		return "correct what the reason says, deploy, and send it back: " + sendBack, sendBack
	case Lost:
		return f.lost(), status
	case ByHand:
		return fmt.Sprintf("a person loads this source: see functions/%s/README.md", f.Source), status
	case Retried:
		return "nothing: the run is retried automatically", explain
	case AuditFailed:
		return "look at the staged rows, which are kept for a day; then correct the source and load again, " +
			"or correct the check and deploy" + again, explain
	case RunFailed:
		return "correct the SQL and deploy, or correct the data and load again: the model then runs automatically" +
			again, explain
	}
	if len(f.Lost) > 0 {
		text = f.lost() + "; for the other tables: "
	}
	switch f.Code {
	case GaveUp:
		text += fmt.Sprintf("%d load requests brought nothing, and there will be no more: "+
			"correct what the log of function %s says, then load it", f.Requests, f.Source)
	case Requested:
		text += fmt.Sprintf("its load is requested again automatically, up to %d times; if that does not help, "+
			"see the log of function %s", f.Requests, f.Source)
	default:
		text += fmt.Sprintf("load it; if that fails, see the log of function %s", f.Source)
	}
	return text, f.load(d)
}

// Line returns the advice in one line, for a person who looks at how everything stands: the command alone where
// that says enough, no command that only shows what the person sees already, and nothing if there is nothing to
// do.
func (f Fault) Line(d Deployment) string {
	text, command := f.Advice(d)
	switch f.Code {
	case Requested, NotRequested, GaveUp:
		if f.Code == GaveUp {
			command = fmt.Sprintf("correct what the log of function %s says, then: %s", f.Source, command)
		}
		if len(f.Lost) > 0 {
			command = f.lost() + "; for the other tables: " + command
		}
		return command
	case Ready:
		if !d.Local {
			return ""
		}
		return command
	}
	return text
}

// load returns the command that loads the source's partitions again.
func (f Fault) load(d Deployment) string {
	last := f.Partition
	if !f.Through.IsZero() {
		last = f.Through
	}
	command := "backfill"
	if d.Local {
		command = "run"
	}
	from, to := partition.Day(f.Partition.Start()), partition.Day(last.End().Add(-1))
	return CommandLine(d.Flag, command, "--from", from.String(), "--to", to.String(), "--source", f.Source)
}

func (f Fault) lost() string {
	return fmt.Sprintf("nothing can bring back %s, because the source only reports its current state: "+
		"set a later start for the source in pipeline.yaml, or load a backup", strings.Join(f.Lost, ", "))
}

// CommandLine returns a command line of rollcall, such as "go run ./scripts/rollcall status --project my-mart".
func CommandLine(deployment string, args ...string) string {
	return strings.TrimSuffix("go run ./scripts/rollcall "+strings.Join(append(args, deployment), " "), " ")
}
