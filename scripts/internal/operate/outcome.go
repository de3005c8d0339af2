package operate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// Outcome holds what a command planned, what it did, and the state of everything that it covers afterwards. Each
// command fills in what applies to it. --json prints it.
type Outcome struct {
	Plan  *Plan     `json:"plan,omitempty"`
	Begun time.Time `json:"begun,omitzero"` // of a backfill, also when it was resumed
	// it continued a backfill that had ended before its work was done
	Resumed    bool       `json:"resumed,omitempty"`
	Partitions []term.Row `json:"partitions,omitempty"` // newest first
	Loads      []Item     `json:"loads"`
	Events     int        `json:"events,omitempty"` // that were delivered again
	SentBack   []SentBack `json:"sent_back,omitempty"`
	Accepted   []Accepted `json:"accepted,omitempty"` // loads that had been refused
	Runs       []Item     `json:"runs"`
	Queries    int        `json:"queries,omitempty"`
	Billed     int64      `json:"bytes_billed,omitempty"`
	Missing    []Item     `json:"missing"`
	// NotRefreshed holds partitions of sources that have arrived, and whose newest load failed or was refused: the rows of
	// an earlier load stand.
	NotRefreshed []Item           `json:"not_refreshed,omitempty"`
	Timings      map[string]int64 `json:"timings_ms"`
}

// Item is one table's partition, one model run, or one thing that is missing.
type Item struct {
	Source       string              `json:"source,omitempty"`
	Model        string              `json:"model,omitempty"`
	Table        string              `json:"table,omitempty"`
	Partition    partition.Partition `json:"partition,omitzero"`
	State        State               `json:"state,omitempty"`
	Rows         *int64              `json:"rows,omitempty"`
	RowsBefore   *int64              `json:"rows_before,omitempty"` // of the load that this one replaced
	Reason       string              `json:"reason,omitempty"`      // of a run that succeeded: what its audit warns of
	Hint         string              `json:"hint,omitempty"`
	Refusals     []stage.Refusal     `json:"refusals,omitempty"` // a person can accept the rows
	Milliseconds int64               `json:"milliseconds,omitempty"`
}

// State says what became of a table's partition or of a model's.
type State string

// The states of a table's partition.
const (
	Loaded       State = "loaded"                    // with other rows than before
	Unchanged    State = "unchanged"                 // loaded again, with the same rows
	Missing      State = "missing"                   // was to be loaded, and was not
	Kept         State = "kept"                      // a snapshot that had arrived before, and cannot be loaded otherwise
	Unobtainable State = "unobtainable"              // a snapshot of the past that was never staged, or an optional table that has nothing
	NotRefreshed State = State(explain.NotRefreshed) // the rows of an earlier load stand
	Withdrawn    State = "withdrawn"                 // the source has no rows of it any more; what was loaded before is kept
)

// The states of a model's partition; those of a single run are the ledger's.
const (
	Succeeded State = State(ledger.Succeeded) // its result is published
	Failed    State = State(ledger.Failed)    // nothing was published
	UpToDate  State = "up_to_date"            // nothing that it reads has changed
	Waiting   State = "waiting"               // for inputs
)

func newOutcome() *Outcome {
	return &Outcome{Loads: []Item{}, Runs: []Item{}, Missing: []Item{}}
}

// endedRun returns the item of a run that has ended.
func endedRun(run ledger.Run) Item {
	it := Item{Model: run.Model, Table: "mart." + run.Model, Partition: run.Partition, State: State(run.State),
		Reason: run.Reason}
	if run.State == ledger.AuditFailed {
		it.Reason = explain.Reason(plan.Decision{Status: plan.AuditFailed, End: &ledger.End{Failures: run.Failures}})
	}
	if run.State == ledger.Succeeded && run.Published != nil {
		it.Rows, it.Reason = &run.Published.Rows, explain.FailuresText(run.Failures)
	}
	return it
}

// unfinished returns why a model's partition has no result that fits its inputs, and what to do about it. It
// reports false when it needs none.
func unfinished(d plan.Decision, at *deployment.Deployment) (it Item, missing bool) {
	it = Item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition, Reason: explain.Reason(d)}
	switch d.Status {
	case plan.UpToDate, plan.NotExpected, plan.Superseded:
		return it, false
	case plan.Waiting:
		it.Reason = waitsFor(d)
	case plan.Gone:
		it.Hint = at.Hint(hint.Fault{Code: hint.Gone, Model: d.Model.Name, Partition: d.Partition})
	case plan.Failed:
		it.Hint = at.Hint(hint.Fault{Code: hint.RunFailed, Model: d.Model.Name, Partition: d.Partition})
	case plan.AuditFailed:
		it.Hint = at.Hint(hint.Fault{Code: hint.AuditFailed, Model: d.Model.Name, Partition: d.Partition})
	case plan.Held:
		it.Hint = "wait until the hold ends, or run the same command as its owner to finish the work; the model then runs by itself"
	default:
		it.Reason = "its inputs are there, but it has not finished: " + explain.Reason(d)
		it.Hint = "run the same command again"
	}
	return it, true
}

// waitsFor names the missing inputs. Those of the model's own partition are named by the table alone, so that
// neighbouring partitions which wait for the same can be joined.
func waitsFor(d plan.Decision) string {
	if len(d.Missing) == 0 {
		return explain.Reason(d)
	}
	var own, others []string
	var elsewhere []plan.TablePartition
	for _, w := range d.Missing {
		if w.Partition == d.Partition {
			own = append(own, w.Table)
		} else {
			elsewhere = append(elsewhere, w)
		}
	}
	if others = plan.Spans(elsewhere, false); len(others) > maxNamed {
		others = append(others[:maxNamed:maxNamed], fmt.Sprintf("%d more", len(others)-maxNamed))
	}
	return "waits for " + strings.Join(append(own, others...), ", ")
}

// maxNamed is how many inputs of other partitions a reason names.
const maxNamed = 3

// complete reports whether everything is there, as new as it should be.
func (o *Outcome) complete() bool { return len(o.Missing)+len(o.NotRefreshed) == 0 }

// addNotRefreshed adds a source's partition whose newest load failed.
func (o *Outcome) addNotRefreshed(r request, why trouble) {
	o.NotRefreshed = append(o.NotRefreshed, Item{Source: r.source, Partition: r.partition, State: NotRefreshed,
		Reason: strings.TrimPrefix(why.reason, "not refreshed, "), Hint: why.hint, Refusals: why.refusals})
}

// writeNotices names, for a person, what the audits of published results warn of, what is missing, and what was not
// refreshed.
func (o *Outcome) writeNotices(out *term.Output) {
	var warned []Item
	seen := map[string]bool{}
	for _, run := range slices.Backward(o.Runs) { // of a partition that ran more than once, the newest counts
		if key := run.Model + run.Partition.String(); run.State == Succeeded && !seen[key] {
			seen[key] = true
			if run.Reason != "" {
				warned = append(warned, run)
			}
		}
	}
	for _, line := range term.Notices(notices(warned)) {
		out.Say("warning: %s", line)
	}
	term.WriteMissing(out, notices(o.Missing))
	for _, line := range term.Notices(notices(o.NotRefreshed)) {
		out.Say("not refreshed: %s", line)
	}
}

func notices(items []Item) []term.Notice {
	list := make([]term.Notice, len(items))
	for n, it := range items {
		list[n] = term.Notice{Source: it.Source, Model: it.Model, Partition: it.Partition, Reason: it.Reason, Hint: it.Hint}
	}
	return list
}
