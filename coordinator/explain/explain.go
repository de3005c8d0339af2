// Package explain works out how everything stands and why: an Overview of several partitions, one Partition in
// full, the Explanation of one model's partition in sentences, and the lineage of tables and columns.
//
// It is pure. Coordinator.ReadFacts reads the Facts from the ledger, and this package only derives from them;
// so the same facts give the same answer, and an answer can be tested without a ledger. The sentences are
// written here, because every view of the facts must use the same words: JSON, the text of rollcall, a page.
// Colours, widths and flags belong to the view.
//
// What is wrong is a hint.Fault: a code and its facts. The caller supplies Facts.Hint, which turns a fault into
// the advice and the command line that are right for one deployment.
package explain

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Facts holds what was read of a pipeline at one moment. Its methods may not be called from several goroutines at once.
type Facts struct {
	Deployment string // its name, for people
	Pipeline   *pipeline.Pipeline
	Manifest   *manifest.Manifest
	Now        time.Time
	View       *ledger.View // of the requested partitions
	// Decisions covers the models' partitions that hold a requested day or month, and those they wait for.
	Decisions []plan.Decision
	// Overdue holds the newest record of what the sweep has reported and requested, for sources' partitions that
	// were overdue.
	Overdue map[SourcePartition]ledger.Overdue
	// Failures holds why the newest load of a source's partition failed, where no load since has made up for it.
	Failures map[SourcePartition]stage.Failure
	Accepted map[string]event.Acceptance // who accepted loads that were refused first, by load id
	Gone     *ledger.Gone                // what the warehouse has lost; nil: nothing
	Holds    map[string]ledger.Hold      // by id

	// The rest is read only for a partition that is shown in full.
	Arrivals  map[plan.TablePartition]ledger.ArrivalRecord // the newest of each raw table
	Runs      map[plan.TablePartition][]ledger.Run         // the records of a model's runs, oldest first
	Truncated map[plan.TablePartition]bool                 // whether there are older records that were not read
	Resets    map[plan.TablePartition][]ledger.Reset       // of a model, oldest first

	// Unavailable reports whether a table's partition that has not arrived can never be loaded, without that being
	// an error: a live service may only return its newest snapshot. Nil: all can be loaded.
	Unavailable func(s *pipeline.Source, table string, p partition.Partition) bool
	// RequestsLoads says that the sweep requests overdue partitions from their sources.
	RequestsLoads bool
	// Hint returns advice about a fault. Empty advice is not shown. Nil: no advice.
	Hint func(hint.Fault) string

	index index
}

// SourcePartition is one partition of one source.
type SourcePartition struct {
	Source    string
	Partition partition.Partition
}

// State says how a source or a model stands for one partition, in the word of JSON and of legends.
type State string

// The states of a source or a model.
const (
	NotExpected State = "not_expected"
	Arrived     State = "arrived"  // a source: all its tables
	Accepted    State = "accepted" // a source that has arrived, with rows that were refused and that a person accepted
	// NotRefreshed is a source that has arrived, and whose newest load failed or was refused: earlier rows stand.
	NotRefreshed State = "not_refreshed"
	// Refused is a source that has not arrived: its rows are staged and were refused, and a person can accept them.
	Refused     State = "refused"
	Gone        State = "gone"         // a source or a model that had arrived, and whose rows the warehouse has lost
	Waiting     State = "waiting"      // a source that is not due yet, or a model that lacks inputs
	Overdue     State = "overdue"      // a source that is past its due time
	UpToDate    State = "up_to_date"   // a model whose table was made from the current inputs
	Ready       State = "ready"        // a model whose inputs are there, and that must run
	Running     State = "running"      // a model, or a run
	Held        State = "held"         // a model
	Failed      State = "failed"       // a model, a run, or a source that has not arrived because its load failed
	AuditFailed State = "audit_failed" // a model, or a run
)

// Good reports whether a state leaves nothing to wait for or to do.
func (s State) Good() bool { return s == NotExpected || s == Arrived || s == Accepted || s == UpToDate }

var states = map[plan.Status]State{
	plan.NotExpected: NotExpected, plan.Superseded: NotExpected, plan.Waiting: Waiting, plan.UpToDate: UpToDate,
	plan.Gone:    Gone,
	plan.Running: Running, plan.Ready: Ready, plan.Held: Held, plan.Failed: Failed, plan.AuditFailed: AuditFailed,
}

// modelState returns the state of a model's partition. A model that waits for something unavailable is not expected.
func (f *Facts) modelState(d plan.Decision) State {
	if d.Status == plan.Waiting && slices.ContainsFunc(d.Missing, f.neverComes) {
		return NotExpected
	}
	return states[d.Status]
}

// neverComes reports whether a missing input is unavailable, or waits for something unavailable.
func (f *Facts) neverComes(input plan.TablePartition) bool {
	if s := f.Pipeline.Owner(input.Table); s != nil {
		return f.unavailable(s, input.Table, input.Partition)
	}
	d, ok := f.decision(input)
	return ok && d.Status == plan.Waiting && f.modelState(d) == NotExpected
}

func (f *Facts) hint(fault hint.Fault) string {
	if f.Hint == nil {
		return ""
	}
	return f.Hint(fault)
}

// index answers questions about Decisions without a pass over all of them. It is built on first use, and again
// when decisions have been added.
type index struct {
	size      int                         // of Decisions when it was built
	decisions map[plan.TablePartition]int // by what the model makes
	// for each root cause, the places in the manifest of the models that wait for it
	blocks map[plan.TablePartition][]int
}

func (f *Facts) indexed() *index {
	if f.index.decisions != nil && f.index.size == len(f.Decisions) {
		return &f.index
	}
	f.index = index{len(f.Decisions), map[plan.TablePartition]int{}, map[plan.TablePartition][]int{}}
	for n, d := range f.Decisions {
		f.index.decisions[made(d)] = n
	}
	for _, d := range f.Decisions {
		place := slices.Index(f.Manifest.Models, d.Model)
		for _, root := range f.roots(d) {
			if i, found := slices.BinarySearch(f.index.blocks[root], place); !found {
				f.index.blocks[root] = slices.Insert(f.index.blocks[root], i, place)
			}
		}
	}
	return &f.index
}

// made returns the table partition that a decision is about.
func made(d plan.Decision) plan.TablePartition {
	return plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}
}

func (f *Facts) decision(about plan.TablePartition) (plan.Decision, bool) {
	n, ok := f.indexed().decisions[about]
	if !ok {
		return plan.Decision{}, false
	}
	return f.Decisions[n], true
}

// roots returns the root causes of a model's waiting: raw tables that have not arrived or are gone, and models that have
// all inputs and have not published, or whose rows are gone.
func (f *Facts) roots(d plan.Decision) (roots []plan.TablePartition) {
	known := f.indexed().decisions
	seen := map[plan.TablePartition]bool{}
	var visit func(d plan.Decision)
	visit = func(d plan.Decision) {
		for _, input := range d.Missing {
			if seen[input] {
				continue
			}
			seen[input] = true
			if n, ok := known[input]; ok && len(f.Decisions[n].Missing) > 0 {
				visit(f.Decisions[n])
				continue
			}
			roots = append(roots, input)
		}
	}
	visit(d)
	return roots
}

// blocked returns the names of the models that wait for any of some root causes, in dependency order.
func (f *Facts) blocked(roots ...plan.TablePartition) (names []string) {
	var places []int
	for _, root := range roots {
		places = append(places, f.indexed().blocks[root]...)
	}
	slices.Sort(places)
	for _, place := range slices.Compact(places) {
		names = append(names, f.Manifest.Models[place].Name)
	}
	return names
}
