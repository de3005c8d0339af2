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

// The codes. Refused to NotRefreshed are about a source's partition whose newest load failed, Lost to GaveUp about one
// that is overdue, Retried to Ready about a model's partition, Gone about either, and the others about a dead letter.
const (
	None         Code = ""
	Refused      Code = "refused"       // it has not arrived: what was staged was refused, and a person can accept it
	LoadFailed   Code = "load_failed"   // it has not arrived
	NotRefreshed Code = "not_refreshed" // the rows of an earlier load stand
	Lost         Code = "lost"          // every missing table is a snapshot of a past partition
	ByHand       Code = "by_hand"       // a person loads this source
	Requested    Code = "requested"     // the sweep requests the load again
	NotRequested Code = "not_requested" // nothing requests the load again
	GaveUp       Code = "gave_up"       // the requests have brought nothing, and there are no more
	Retried      Code = "retried"       // the run has failed for now, and is retried
	AuditFailed  Code = "audit_failed"
	RunFailed    Code = "run_failed"
	Ready        Code = "ready"       // all inputs are there, and the next sweep runs it
	Gone         Code = "gone"        // the warehouse has lost rows that had arrived, or that a model has published
	Unreadable   Code = "unreadable"  // it is not an event
	Undelivered  Code = "undelivered" // it was not acknowledged before its last delivery
	Unprocessed  Code = "unprocessed" // its attributes give the reason
)

// Fault holds a code and the facts about it.
type Fault struct {
	Code      Code
	Source    string // that loads the partition
	Model     string
	Partition partition.Partition
	Through   partition.Partition // the last of several neighbouring partitions; zero: Partition
	Letter    string              // the id of a dead letter
	Lost      []string            // missing tables that nothing can bring back
	Requests  int                 // load requests: made so far if Code is GaveUp, else the most that are made
	Cause     string              // what the source says that a person can do, if its load failed
	Accept    bool                // of NotRefreshed: what was staged was refused, and a person can accept it
	ByHand    bool                // of LoadFailed and NotRefreshed: a person loads this source
}

// Deployment says for which deployment command lines are.
type Deployment struct {
	Flag  string // that names it, like "--project my-mart"; may be empty
	Local bool   // it is a data folder, in which rollcall run does the work of the sweep
}

// Advice returns what a person can do about f, and a command line that helps.
func (f Fault) Advice(d Deployment) (text, command string) {
	date := dateFlag(f.Partition)
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
	case Gone:
		return f.gone(d)
	case Unreadable:
		return "it can never be read: find out who published it, and load that source's partition again", ""
	case Undelivered:
		return "find in the log why it was not acknowledged, correct that, and send it back: " + sendBack, sendBack
	case Unprocessed:
		return "correct what the reason says, deploy, and send it back: " + sendBack, sendBack
	case Lost:
		return f.lost(), status
	case ByHand:
		return f.byHand(), status
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
	case Refused, LoadFailed, NotRefreshed:
		text += f.repair()
		if f.ByHand && !f.accept() {
			return text, status
		}
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

// gone says how a person brings back what the warehouse has lost.
func (f Fault) gone(d Deployment) (text, command string) {
	if f.Model != "" {
		command = CommandLine(d.Flag, "replay", "--gone")
		return "nothing runs it again automatically: " + command, command
	}
	from, to := partition.Day(f.Partition.Start()), partition.Day(f.Through.End().Add(-1))
	command = CommandLine(d.Flag, "backfill", "--from", from.String(), "--to", to.String(), "--source", f.Source)
	if strings.HasPrefix(d.Flag, "--project") {
		return "restore the table, which BigQuery allows for seven days (see terraform/README.md), or load it again: " + command,
			command
	}
	return "load it again: " + command, command
}

// accept reports whether a person can accept what was refused.
func (f Fault) accept() bool { return f.Code == Refused || f.Accept }

// look is what a person does about rows that were refused.
const look = "look at the source; if it is right, accept the rows that were refused"

// repair says what a person does about a load that failed, before it is requested again.
func (f Fault) repair() string {
	switch {
	case f.accept():
		return look
	case f.ByHand && f.Cause != "":
		return f.Cause
	case f.ByHand:
		return f.byHand()
	case f.Cause != "":
		return f.Cause + "; then load it"
	}
	return fmt.Sprintf("load it; if it fails again, see the log of function %s", f.Source)
}

// Line returns the advice in one line, for a person who looks at how everything stands: the command alone where
// that says enough, no command that only shows what the person sees already, and nothing if there is nothing to
// do.
func (f Fault) Line(d Deployment) string {
	text, command := f.Advice(d)
	switch f.Code {
	case Refused, LoadFailed, NotRefreshed, Requested, NotRequested, GaveUp:
		switch {
		case f.ByHand && !f.accept():
			return text
		case f.Code == GaveUp:
			command = fmt.Sprintf("correct what the log of function %s says, then: %s", f.Source, command)
		case f.accept():
			command = look + ": " + command
		case f.Cause != "":
			command = f.Cause + "; then: " + command
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
	case Gone:
		if f.Model != "" || d.Local {
			return command
		}
	}
	return text
}

// load returns the command that loads the source's partitions again, or accepts them.
func (f Fault) load(d Deployment) string {
	args := []string{"load", "--source", f.Source, dateFlag(f.Partition), f.Partition.String()}
	if !f.Through.IsZero() && f.Through != f.Partition {
		from, to := partition.Day(f.Partition.Start()), partition.Day(f.Through.End().Add(-1))
		command := "backfill"
		if d.Local && !f.accept() {
			command = "run"
		}
		args = []string{command, "--from", from.String(), "--to", to.String(), "--source", f.Source}
	}
	if f.accept() {
		args = append(args, "--accept")
	}
	return CommandLine(d.Flag, args...)
}

// dateFlag returns the flag that names a partition.
func dateFlag(p partition.Partition) string {
	if p.Grain() == partition.Monthly {
		return "--month"
	}
	return "--date"
}

func (f Fault) byHand() string {
	return fmt.Sprintf("a person loads this source: see functions/%s/README.md", f.Source)
}

func (f Fault) lost() string {
	return fmt.Sprintf("nothing can bring back %s, because the source only reports its current state: "+
		"set a later start for the source in pipeline.yaml, or load a backup", strings.Join(f.Lost, ", "))
}

// CommandLine returns a command line of rollcall, such as "go run ./scripts/rollcall status --project my-mart".
func CommandLine(deployment string, args ...string) string {
	return strings.TrimSuffix("go run ./scripts/rollcall "+strings.Join(append(args, deployment), " "), " ")
}
