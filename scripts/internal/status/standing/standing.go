// Package standing works out how everything stands from what was read of a site: pure, without I/O and without a clock. What it
// gives is what rollcall status tells, as JSON by its tags, and as text by package main.
package standing

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Reading is what was read of a site at one moment.
type Reading struct {
	Pipeline *pipeline.Pipeline
	Manifest *manifest.Manifest
	Planner  *plan.Planner
	Now      time.Time
	View     *ledger.View // of the partitions asked for
	// Untold reports whether nobody can ever tell of a table's partition that has not arrived, and it is no fault.
	Untold func(s *pipeline.Source, table string, p partition.Partition) bool
	// Decisions are those of the models' partitions asked for, and of those that they wait for.
	Decisions []plan.Decision
	// Watches are the newest records of what the sweep has said and done about sources' partitions that were due.
	Watches map[Owed]ledger.Overdue
	Holds   map[string]ledger.Hold // on these partitions, by id
	// Of the partitions that are told in full:
	Received map[plan.TablePartition]ledger.ArrivalRecord // the content of each table's newest arrival
	Runs     map[plan.TablePartition][]ledger.Run         // the records of each model's runs, by its table, oldest first
	Cut      map[plan.TablePartition]bool                 // whether those have records before them that were not read
	Resets   map[plan.TablePartition][]ledger.Reset       // the same of its resets
	// Command is a command line of this project for the site.
	Command func(words ...string) string
	// Reload is the command that loads a source's partitions again, from one to another.
	Reload func(source string, from, to partition.Partition) string
	// Move is the command that makes the coordinator do what is ready; empty where it sweeps by itself.
	Move string

	index index
}

// Owed is one partition of one source.
type Owed struct {
	Source    string
	Partition partition.Partition
}

// How a source or a model stands for one partition.
const (
	NotExpected term.State = "not_expected" // of nobody
	Arrived     term.State = "arrived"      // of a source: every table of it
	Waiting     term.State = "waiting"      // a source that is not due yet; a model, for its inputs
	Overdue     term.State = "overdue"      // a source that was due
	UpToDate    term.State = "up_to_date"   // a model: its table holds what its inputs come to
	Ready       term.State = "ready"        // a model: its inputs are there, and it has not begun
	Running     term.State = "running"
	Held        term.State = "held"
	Failed      term.State = "failed"
	AuditFailed term.State = "audit_failed"
)

var states = map[plan.Status]term.State{
	plan.NotExpected: NotExpected, plan.Superseded: NotExpected, plan.Waiting: Waiting, plan.UpToDate: UpToDate, plan.Running: Running,
	plan.Ready: Ready, plan.Held: Held, plan.Failed: Failed, plan.AuditFailed: AuditFailed,
}

// Good reports whether there is nothing left to wait for or to do in a state.
func Good(s term.State) bool { return s == NotExpected || s == Arrived || s == UpToDate }

// tableState is how a raw table's partition stands.
func (r *Reading) tableState(s *pipeline.Source, table string, p partition.Partition) term.State {
	if _, ok := r.View.Newest(table, p); ok {
		return Arrived
	}
	switch {
	case !r.Pipeline.Owes(s, p), r.Untold(s, table, p):
		return NotExpected
	case r.Now.Before(s.DueAt(p, r.Pipeline.Location())):
		return Waiting
	}
	return Overdue
}

// sourceState is how a source's partition stands: as the worst of its tables.
func (r *Reading) sourceState(s *pipeline.Source, p partition.Partition) term.State {
	worst := NotExpected
	for _, table := range s.SortedTables() {
		if st := r.tableState(s, table, p); st == Overdue || st == Waiting || worst == NotExpected {
			worst = st
		}
	}
	return worst
}

// State is how a model's partition stands. One that waits for what nobody can tell of is expected of nobody either.
func (r *Reading) State(d plan.Decision) term.State {
	if d.Status == plan.Waiting && slices.ContainsFunc(d.Missing, r.untold) {
		return NotExpected
	}
	return states[d.Status]
}

// untold reports whether something that is missing will never come, and is no fault.
func (r *Reading) untold(w plan.TablePartition) bool {
	if s := r.Pipeline.Owner(w.Table); s != nil {
		return r.Untold(s, w.Table, w.Partition)
	}
	d, ok := r.decision(w)
	return ok && d.Status == plan.Waiting && r.State(d) == NotExpected
}
