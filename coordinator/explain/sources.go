package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Failure says why the newest load of a source's partition failed.
type Failure struct {
	LoadID   string          `json:"load_id"`
	At       time.Time       `json:"at"`
	Code     string          `json:"code"`
	Reason   string          `json:"reason"`
	Attempt  int             `json:"attempt"` // how many loads of the partition have failed since one succeeded
	Refusals []stage.Refusal `json:"refusals,omitempty"`
	// Acceptable reports whether the rows are staged and a person can accept them.
	Acceptable bool `json:"acceptable,omitempty"`
}

// Acceptance says who accepted a load of a source's partition that had been refused.
type Acceptance struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	Through   partition.Partition `json:"through"` // the last of several neighbouring partitions
	event.Acceptance
	// Replaced reports that the partition was loaded again since, with other rows.
	Replaced bool `json:"replaced,omitempty"`
}

// tableState returns the state of a raw table's partition.
func (f *Facts) tableState(s *pipeline.Source, table string, p partition.Partition) State {
	newest, arrived := f.View.Newest(table, p)
	failure, failing := f.Failures[SourcePartition{s.Name, p}]
	switch {
	case arrived && f.Gone.Covers(newest) && f.Pipeline.Owes(s, p):
		return Gone
	case arrived && f.Gone.Covers(newest):
		return NotExpected
	case arrived && failing && newest.LoadID < failure.LoadID:
		return NotRefreshed
	case arrived && f.acceptedLoad(table, p) == "":
		return Arrived
	case arrived:
		return Accepted
	case !f.Pipeline.Owes(s, p), s.Table(table).Optional && !failure.Holds(table, p), f.unavailable(s, table, p):
		return NotExpected
	case failing && failure.Holds(table, p):
		return Refused
	case failing:
		return Failed
	case f.Now.Before(s.DueAt(p, f.Pipeline.Location())):
		return Waiting
	}
	return Overdue
}

// urgency orders the states of a table: the state of its source is that of the table that comes first.
var urgency = []State{Gone, Refused, Failed, Overdue, Waiting, NotRefreshed, Accepted, Arrived, NotExpected}

// sourceState returns the most urgent state of a source's tables.
func (f *Facts) sourceState(s *pipeline.Source, p partition.Partition) State {
	worst := NotExpected
	for _, table := range s.SortedTables() {
		if state := f.tableState(s, table, p); slices.Index(urgency, state) < slices.Index(urgency, worst) {
			worst = state
		}
	}
	return worst
}

// unavailable reports whether a table's partition that has not arrived can never be loaded. What is staged and was
// refused can.
func (f *Facts) unavailable(s *pipeline.Source, table string, p partition.Partition) bool {
	return f.Unavailable != nil && f.Unavailable(s, table, p) &&
		!f.Failures[SourcePartition{s.Name, p}].Holds(table, p)
}

// acceptedLoad returns the id of the accepted load that brought the rows of a table's partition; empty: none did. A load that
// brought the rows that stood before changes nothing, whether it was accepted or not.
func (f *Facts) acceptedLoad(table string, p partition.Partition) string {
	list := f.View.Arrivals(table, p)
	for i, a := range slices.Backward(list) {
		if i > 0 && list[i-1].Digest == a.Digest {
			continue
		}
		if a.Accepted() {
			return a.LoadID
		}
		break
	}
	return ""
}

// acceptances returns what was accepted of the rows that a source's partitions hold. Neighbours that one load brought
// share an Acceptance.
func (f *Facts) acceptances(s *pipeline.Source, sorted []partition.Partition) (list []Acceptance) {
	var found []Acceptance
	for _, p := range sorted {
		if a := f.acceptance(s, p); p.Grain() == s.Cadence && a != nil && !a.Replaced {
			found = append(found, *a)
		}
	}
	at := func(a Acceptance) partition.Partition { return a.Partition }
	same := func(a, b Acceptance) bool { return a.LoadID == b.LoadID }
	for _, group := range partition.Join(found, at, same) {
		group[0].Through = group[len(group)-1].Partition
		list = append(list, group[0])
	}
	return list
}

// acceptance returns who accepted the newest accepted load that brought other rows of a source's partition; nil: there is
// none.
func (f *Facts) acceptance(s *pipeline.Source, p partition.Partition) *Acceptance {
	newest, stands := "", false
	for _, table := range s.SortedTables() {
		list := f.View.Arrivals(table, p)
		for i, a := range list {
			if a.Accepted() && (i == 0 || list[i-1].Digest != a.Digest) {
				newest = max(newest, a.LoadID)
			}
		}
	}
	if newest == "" {
		return nil
	}
	for _, table := range s.SortedTables() {
		stands = stands || f.acceptedLoad(table, p) == newest
	}
	return &Acceptance{Source: s.Name, Partition: p, Through: p, Acceptance: f.Accepted[newest], Replaced: !stands}
}

// AcceptedText returns an acceptance in words: "accepted by ana on 22 Nov 09:10, because: …; it was refused: …".
func AcceptedText(a Acceptance, clock func(time.Time) string) string {
	text := fmt.Sprintf("accepted by %s on %s", a.By, clock(a.At))
	if a.Acceptance.Reason != "" {
		text += ", because: " + a.Acceptance.Reason
	}
	if len(a.Refused) > 0 {
		text += "; it was refused: " + strings.Join(a.Refused, "; ")
	}
	if a.Replaced {
		text += "; it was loaded again since, with other rows"
	}
	return text
}

// sourceCase is a source's partition that is not as it should be by now.
type sourceCase struct {
	partition partition.Partition
	state     State
	lacks     []string // tables that have not arrived
	record    ledger.Overdue
	kind      string // what it must have in common with its neighbours to be one problem
}

// sourceProblems returns the problems of one source. Neighbouring partitions share a problem when they lack the same
// tables for the same reason, and the sweep has reported the same about them.
func (f *Facts) sourceProblems(s *pipeline.Source, sorted []partition.Partition) (list []Problem) {
	var cases []sourceCase
	for _, p := range sorted {
		if state := f.sourceState(s, p); p.Grain() == s.Cadence && state != Waiting && !state.Good() {
			c := sourceCase{partition: p, state: state, lacks: f.missing(s, p), record: f.Overdue[SourcePartition{s.Name, p}]}
			failure := f.Failures[SourcePartition{s.Name, p}]
			c.kind = fmt.Sprintf("%q", []any{
				state, c.lacks, c.record.Lost, c.record.GaveUp, failure.Code, strings.ReplaceAll(failure.Reason, p.String(), ""),
			})
			cases = append(cases, c)
		}
	}
	at := func(c sourceCase) partition.Partition { return c.partition }
	same := func(a, b sourceCase) bool { return a.kind == b.kind }
	for _, group := range partition.Join(cases, at, same) {
		list = append(list, f.sourceProblem(s, group))
	}
	return list
}

// sourceProblem returns the problem of neighbouring partitions.
func (f *Facts) sourceProblem(s *pipeline.Source, group []sourceCase) Problem {
	first, last := group[0], group[len(group)-1]
	due := s.DueAt(first.partition, f.Pipeline.Location()).UTC()
	p := Problem{Source: s.Name, Partition: first.partition, Through: last.partition, State: first.state, Due: &due}
	var roots []plan.TablePartition
	for _, c := range group {
		p.Requests = max(p.Requests, c.record.Requests)
		for _, table := range c.lacks {
			roots = append(roots, plan.TablePartition{Table: table, Partition: c.partition})
		}
	}
	p.Failure = f.failure(s, last.partition)
	p.Reason = f.sourceReason(s, p, last)
	fault := f.sourceFault(s, first.partition, last.partition)
	p.Code, p.Hint, p.Blocks = fault.Code, f.hint(fault), f.blocked(roots...)
	return p
}

// failure returns why the newest load of a source's partition failed; nil if it did not.
func (f *Facts) failure(s *pipeline.Source, p partition.Partition) *Failure {
	failure, ok := f.Failures[SourcePartition{s.Name, p}]
	if !ok {
		return nil
	}
	return &Failure{failure.LoadID, failure.At, failure.Code, failure.Reason, failure.Attempt, failure.Refusals,
		failure.Acceptable()}
}

// sourceReason says why a source's partitions are not as they should be.
func (f *Facts) sourceReason(s *pipeline.Source, p Problem, last sourceCase) string {
	text := f.failureText(s, last.partition)
	switch {
	case last.state == Gone:
		return f.goneText(s, last.partition)
	case last.state == NotRefreshed:
		return text
	case len(last.lacks) < len(s.RequiredTables()) && text != "":
		text = fmt.Sprintf("%s %s not arrived: %s", english.WordSeries(last.lacks, "and"), have(last.lacks), text)
	case len(last.lacks) < len(s.RequiredTables()):
		text = fmt.Sprintf("%s %s not arrived", english.WordSeries(last.lacks, "and"), have(last.lacks))
	case text == "":
		text = "it has not arrived"
	}
	due := "it was due"
	if p.Through != p.Partition {
		due = "the first was due"
	}
	if f.Now.Before(*p.Due) {
		return text + "; it is due on " + f.clock(*p.Due)
	}
	text += fmt.Sprintf("; %s on %s, %s ago", due, f.clock(*p.Due), ago(f.Now.Sub(*p.Due)))
	switch {
	case p.Requests == 0:
	case last.record.GaveUp:
		text += fmt.Sprintf("; it was requested again %s without success, and is no longer requested", times(p.Requests))
	default:
		text += fmt.Sprintf("; it was requested again %s, last on %s", times(p.Requests), f.clock(last.record.RequestedAt))
	}
	return text
}

// goneText says which tables of a source's partition the warehouse has lost.
func (f *Facts) goneText(s *pipeline.Source, p partition.Partition) string {
	var tables []string
	for _, table := range s.SortedTables() {
		if f.tableState(s, table, p) == Gone {
			tables = append(tables, table)
		}
	}
	return f.goneTables(tables...)
}

// goneTables says how the rows of some tables have gone.
func (f *Facts) goneTables(tables ...string) string {
	var texts []string
	for _, table := range tables {
		text := table + " does not exist any more"
		if t := f.Gone.Table(table); t != nil && !t.Created.IsZero() {
			text = fmt.Sprintf("%s was created again on %s", table, f.clock(t.Created))
		}
		texts = append(texts, text)
	}
	return "its rows are gone: " + english.WordSeries(texts, "and")
}

func have(tables []string) string { return english.PluralWord(len(tables), "has", "have") }

// failureText says how the newest load of a source's partition failed, and which rows stand; empty if it did not fail.
func (f *Facts) failureText(s *pipeline.Source, p partition.Partition) string {
	failure, ok := f.Failures[SourcePartition{s.Name, p}]
	if !ok {
		return ""
	}
	stands := f.sourceState(s, p) == NotRefreshed
	how := "its load failed"
	switch {
	case stands && failure.Acceptable():
		how = "newer rows were refused"
	case stands:
		how = "a newer load failed"
	case failure.Acceptable():
		how = "its rows were refused"
	}
	if failure.Attempt > 1 {
		how += fmt.Sprintf(" %s, last", times(failure.Attempt))
	}
	text := fmt.Sprintf("%s on %s: %s", how, f.clock(failure.At), strings.TrimSuffix(failure.Reason, "."))
	if stands {
		text = fmt.Sprintf("not refreshed, the rows of %s stand: %s", f.clock(f.standSince(s, p)), text)
	}
	return text
}

// standSince returns when the newest rows of a source's partition were loaded.
func (f *Facts) standSince(s *pipeline.Source, p partition.Partition) (newest time.Time) {
	for _, table := range s.SortedTables() {
		if a, ok := f.View.Newest(table, p); ok && a.LoadedAt.After(newest) {
			newest = a.LoadedAt
		}
	}
	return newest
}

// sourceFault returns what is wrong with neighbouring partitions of a source.
func (f *Facts) sourceFault(s *pipeline.Source, from, to partition.Partition) hint.Fault {
	if slices.ContainsFunc(s.SortedTables(), func(table string) bool { return f.isGone(table, to) }) {
		return GoneFault(f.Pipeline, s.SortedTables()[0], to)
	}
	c := overdue.Case{Source: s, Partition: to, Missing: f.missing(s, to)}
	if failure, ok := f.Failures[SourcePartition{s.Name, to}]; ok {
		c.Failure = &failure
	}
	fault := c.Fault(f.Overdue[SourcePartition{s.Name, to}], f.RequestsLoads)
	fault.Partition, fault.Through = from, to
	return fault
}

// isGone reports whether a table's partition had arrived and its rows are gone.
func (f *Facts) isGone(table string, p partition.Partition) bool {
	newest, arrived := f.View.Newest(table, p)
	return arrived && f.Gone.Covers(newest)
}

// GoneFault returns what is wrong with a table whose rows are gone up to a partition. A table of a source is gone as a
// whole, so all of it is loaded again; with its first partition come those before it that the source looks back on.
func GoneFault(p *pipeline.Pipeline, table string, to partition.Partition) hint.Fault {
	s := p.Owner(table)
	if s == nil {
		return hint.Fault{Code: hint.Gone, Model: strings.TrimPrefix(table, "mart."), Partition: to}
	}
	first := p.FirstDay(s)
	if !to.End().After(first.Start()) {
		to = first
	}
	return hint.Fault{Code: hint.Gone, Source: s.Name, Partition: first, Through: to}
}

// goneElsewhere returns a problem for each table that is gone, but not of one of these partitions.
func (f *Facts) goneElsewhere(sorted []partition.Partition) (list []Problem) {
	if f.Gone == nil {
		return nil
	}
	for _, t := range f.Gone.Tables {
		if t.From.IsZero() || slices.ContainsFunc(sorted, func(p partition.Partition) bool { return f.isGone(t.Table, p) }) {
			continue
		}
		fault := GoneFault(f.Pipeline, t.Table, t.Through)
		list = append(list, Problem{Source: fault.Source, Model: fault.Model, Partition: t.From, Through: t.Through, State: Gone,
			Reason: f.goneTables(t.Table), Code: fault.Code, Hint: f.hint(fault)})
	}
	return list
}

// missing returns the tables of a source's partition that should have arrived and be there, in order.
func (f *Facts) missing(s *pipeline.Source, p partition.Partition) (tables []string) {
	for _, table := range s.SortedTables() {
		switch f.tableState(s, table, p) {
		case Overdue, Refused, Failed, Gone:
			tables = append(tables, table)
		}
	}
	return tables
}
