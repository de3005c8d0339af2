package deployment

import (
	"github.com/dustin/go-humanize/english"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/shared/partition"
)

// Command returns a command line for this deployment: "go run ./scripts/rollcall replay --date 2026-11-21".
func (s *Deployment) Command(words ...string) string {
	return hint.CommandLine(s.Flag, words...)
}

// Hint returns what a person can do here about a problem, with the command line for it; empty when there is nothing to do.
// It is the one place that turns a fix into a command.
func (s *Deployment) Hint(fix explain.Fix) string {
	var text string
	switch fix.Code {
	case explain.FixLoad:
		text = s.Reload(fix.Source, fix.From, fix.To)
	case explain.FixDrop:
		text = "drop its files, see functions/" + fix.Source + "/README.md"
	case explain.FixModel:
		text = "change its SQL or its inputs, and it runs again by itself; to run it again as it is: " +
			s.Command("replay", "--date", fix.From.String(), "--model", fix.Model)
	case explain.FixSweep:
		if s.Local { // a project is swept every quarter of an hour
			text = s.Command("run")
		}
	}
	if len(fix.Lost) == 0 {
		return text
	}
	lost := "let the source start later (start in pipeline.yaml), or load a backup: no load can bring back " +
		english.WordSeries(fix.Lost, "and") + ", because the service only returns its current state"
	if text != "" {
		lost += "; for the rest: " + text
	}
	return lost
}

// Reload returns the command that loads partitions of a source again, both ends included.
func (s *Deployment) Reload(source string, from, to partition.Partition) string {
	command := "backfill"
	if s.Local {
		command = "run"
	}
	first, last := partition.Day(from.Start()), partition.Day(to.End().Add(-1))
	return s.Command(command, "--source", source, "--from", first.String(), "--to", last.String())
}

// HintForDeadLetter returns what to do about a dead letter. An unreadable one can never be processed. An undelivered one was
// delivered until its last attempt, and the log says why it was not acknowledged.
func (s *Deployment) HintForDeadLetter(id string, unreadable, undelivered bool) string {
	back := s.Command("replay", "--deadletters", "--id", id)
	switch {
	case unreadable:
		return "it can never be read: find out who published it, and load that source's partition again"
	case undelivered:
		return "find in the log why it was not acknowledged, correct that, and send it back: " + back
	}
	return "correct what the reason says, deploy, and send it back: " + back
}
