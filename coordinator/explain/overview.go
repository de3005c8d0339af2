package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// Overview shows how several partitions stand, newest first.
type Overview struct {
	Deployment string    `json:"deployment"`
	At         time.Time `json:"at"`
	Complete   bool      `json:"complete"` // everything that is expected of these partitions is there
	Rows       []Row     `json:"partitions"`
	Problems   []Problem `json:"problems"` // root causes only: by source or model, oldest first
	// Accepted holds what people have accepted of what stands now, by source, oldest first.
	Accepted []Acceptance `json:"accepted"`
}

// Row holds the states of one partition, by the names of sources and models.
type Row struct {
	Partition partition.Partition `json:"partition"`
	Sources   map[string]State    `json:"sources"`
	Models    map[string]State    `json:"models"`
}

// Problem describes something that is not as it should be by now, and what to do about it.
type Problem struct {
	Source    string              `json:"source,omitempty"`
	Model     string              `json:"model,omitempty"`
	Partition partition.Partition `json:"partition"`
	Through   partition.Partition `json:"through"` // the last of several neighbouring partitions
	State     State               `json:"state"`
	Requests  int                 `json:"requests,omitempty"` // how often the sweep has requested one of them, at most
	Due       *time.Time          `json:"due,omitempty"`      // of a source: when the first of them was due
	Reason    string              `json:"reason"`
	Failure   *Failure            `json:"failure,omitempty"` // of the newest load of the last of them
	Code      hint.Code           `json:"code,omitempty"`    // of what is wrong
	Hint      string              `json:"hint,omitempty"`
	Blocks    []string            `json:"blocks,omitempty"` // models that wait because of it
}

// Overview returns how the listed partitions stand.
func (f *Facts) Overview(partitions []partition.Partition) Overview {
	o := Overview{Deployment: f.Deployment, At: f.Now.UTC(), Complete: true, Rows: []Row{}, Problems: []Problem{},
		Accepted: []Acceptance{}}
	sorted := slices.SortedFunc(slices.Values(partitions), partition.Partition.Compare)
	for _, s := range f.Pipeline.SortedSources() {
		o.Problems = append(o.Problems, f.sourceProblems(s, sorted)...)
		o.Accepted = append(o.Accepted, f.acceptances(s, sorted)...)
	}
	for _, m := range f.Manifest.Models {
		var found []Problem
		for _, p := range sorted {
			d, known := f.decision(plan.TablePartition{Table: m.TableName(), Partition: p})
			if !known || d.Status == plan.Running {
				continue
			}
			if problem, ok := f.modelProblem(d); ok {
				found = append(found, problem)
			}
		}
		o.Problems = append(o.Problems, joinGone(found)...)
	}
	elsewhere := f.goneElsewhere(sorted)
	o.Problems, o.Complete = append(o.Problems, elsewhere...), len(elsewhere) == 0
	for _, p := range slices.Backward(sorted) {
		row := f.row(p)
		for _, states := range []map[string]State{row.Sources, row.Models} {
			for _, s := range states {
				o.Complete = o.Complete && s.Good()
			}
		}
		o.Rows = append(o.Rows, row)
	}
	return o
}

// joinGone makes one problem of neighbouring partitions of a model whose rows are gone.
func joinGone(problems []Problem) (list []Problem) {
	at := func(p Problem) partition.Partition { return p.Partition }
	alike := func(a, b Problem) bool { return a.State == Gone && b.State == Gone }
	for _, group := range partition.Join(problems, at, alike) {
		p := group[0]
		for _, next := range group[1:] {
			p.Through = next.Partition
			for _, name := range next.Blocks {
				if !slices.Contains(p.Blocks, name) {
					p.Blocks = append(slices.Clone(p.Blocks), name)
				}
			}
		}
		list = append(list, p)
	}
	return list
}

func (f *Facts) row(p partition.Partition) Row {
	row := Row{Partition: p, Sources: map[string]State{}, Models: map[string]State{}}
	for _, s := range f.Pipeline.SortedSources() {
		if s.Cadence == p.Grain() {
			row.Sources[s.Name] = f.sourceState(s, p)
		}
	}
	for _, m := range f.Manifest.Models {
		if d, ok := f.decision(plan.TablePartition{Table: m.TableName(), Partition: p}); ok {
			row.Models[d.Model.Name] = f.modelState(d)
		}
	}
	return row
}

// modelProblem returns the problem of a model; false when it is up to date or waits for its inputs.
func (f *Facts) modelProblem(d plan.Decision) (Problem, bool) {
	p := Problem{Model: d.Model.Name, Partition: d.Partition, Through: d.Partition, State: states[d.Status],
		Reason: f.reason(d)}
	switch d.Status {
	case plan.Failed:
		p.Code = hint.RunFailed
	case plan.AuditFailed:
		p.Code = hint.AuditFailed
	case plan.Ready:
		p.Code = hint.Ready
	case plan.Gone:
		p.Code = hint.Gone
	case plan.Held, plan.Running:
	default:
		return p, false
	}
	p.Hint = f.hint(hint.Fault{Code: p.Code, Model: d.Model.Name, Partition: d.Partition})
	p.Blocks = f.blocked(made(d))
	return p, true
}

// reason says why a model is not up to date.
func (f *Facts) reason(d plan.Decision) string {
	switch d.Status {
	case plan.AuditFailed:
		return "not published: " + FailuresText(d.End.Failures)
	case plan.Held:
		text := fmt.Sprintf("held until %s at the latest by %s", f.clock(d.Hold.Until), d.Hold.ID)
		if h, known := f.Holds[d.Hold.ID]; known {
			text += fmt.Sprintf(" of %s, begun on %s: %s", h.By, f.clock(h.Begun), h.Why)
		}
		return text
	case plan.Running:
		return fmt.Sprintf("running since %s, until %s at the latest", f.clock(d.Newest.At), f.clock(d.Newest.LeaseEnd))
	case plan.Gone:
		return f.goneTables(d.Model.TableName())
	case plan.Ready:
		before := d.Newest
		switch {
		case !d.Until.IsZero():
			return fmt.Sprintf("to be repeated at %s: %s", f.clock(d.Until), readTooEarly)
		case before == nil:
		case before.Partition != d.Partition: // of a whole table
			before = nil
		case before.State == ledger.Started:
			return fmt.Sprintf("its run of %s was interrupted", f.clock(before.At))
		case before.Transient:
			return "its last attempt failed: " + before.Reason
		}
		causes := f.because(made(d), d.Run, before)
		return "it must run, because " + english.WordSeries(atMost(f.texts(causes), 3), "and")
	}
	return Reason(d)
}

// FailuresText returns the failed checks of an audit in words; empty if there are none.
func FailuresText(list []ledger.Failure) string {
	var texts []string
	for _, failure := range list {
		texts = append(texts, FailureText(failure))
	}
	return strings.Join(texts, "; ")
}

// FailureText returns a failed check in words: "post_id is never null: fails 3 times".
func FailureText(failure ledger.Failure) string {
	return fmt.Sprintf("%s: fails %s", failure.Text, times(int(failure.Count)))
}
