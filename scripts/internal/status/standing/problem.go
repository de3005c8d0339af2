package standing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Problem is something that is not as it should be by now, with what to do about it.
type Problem struct {
	Source    string              `json:"source,omitempty"`
	Model     string              `json:"model,omitempty"`
	Partition partition.Partition `json:"partition"`
	Through   partition.Partition `json:"through"` // the last of several partitions in a row
	State     term.State          `json:"state"`
	Asked     int                 `json:"asked,omitempty"` // how often the sweep has asked the source again, at most for one of them
	Due       *time.Time          `json:"due,omitempty"`   // of a source: when the first of them was due
	Reason    string              `json:"reason"`
	Hint      string              `json:"hint,omitempty"`
	Blocks    []string            `json:"blocks,omitempty"` // models that wait because of it
}

// overdue are the problems of one source in a list of partitions: one for neighbours that lack the same tables, and of which
// the sweep says the same.
func (r *Reading) overdue(s *pipeline.Source, sorted []partition.Partition) (list []Problem) {
	var lacked []string // by the last of list
	var lacking []plan.TablePartition
	var said ledger.Overdue
	for _, p := range sorted {
		var lacks []string
		for _, table := range s.SortedTables() {
			if p.Grain() == s.Cadence && r.tableState(s, table, p) == Overdue {
				lacks = append(lacks, table)
			}
		}
		if lacks == nil {
			continue
		}
		watch := r.Watches[Owed{s.Name, p}]
		same := slices.Equal(lacked, lacks) && slices.Equal(said.Lost, watch.Lost) && said.GaveUp == watch.GaveUp
		if n := len(list); n == 0 || list[n-1].Through.Add(1) != p || !same {
			due := s.DueAt(p, r.Pipeline.Location()).UTC()
			lacking = nil
			list = append(list, Problem{Source: s.Name, Partition: p, State: Overdue, Due: &due})
		}
		last := &list[len(list)-1]
		last.Through, lacked, said = p, lacks, watch
		last.Asked = max(last.Asked, watch.Requests)
		last.Reason = r.overdueReason(s, lacks, *last, watch)
		last.Hint = r.cureOf(s, last.Partition, p, watch)
		for _, table := range lacks {
			lacking = append(lacking, plan.TablePartition{Table: table, Partition: p})
		}
		last.Blocks = r.blocked(lacking...)
	}
	return list
}

func (r *Reading) overdueReason(s *pipeline.Source, lacks []string, p Problem, watch ledger.Overdue) string {
	what := term.List(lacks) + " has not arrived"
	switch {
	case len(lacks) == len(s.Tables):
		what = "it has not arrived"
	case len(lacks) > 1:
		what = term.List(lacks) + " have not arrived"
	}
	due := "it was due"
	if p.Through != p.Partition {
		due = "the first was due"
	}
	text := fmt.Sprintf("%s; %s on %s, %s ago", what, due, r.clock(*p.Due), ago(r.Now.Sub(*p.Due)))
	switch {
	case p.Asked == 0:
	case watch.GaveUp:
		text += fmt.Sprintf("; it was asked again %s in vain, and is not asked any more", times(p.Asked))
	default:
		text += fmt.Sprintf("; it was asked again %s, last on %s", times(p.Asked), r.clock(watch.RequestedAt))
	}
	return text
}

// cureOf is what a person does about a source that has not brought partitions, of the last of which the sweep has this to say.
func (r *Reading) cureOf(s *pipeline.Source, from, to partition.Partition, watch ledger.Overdue) string {
	hint := "drop its files, see functions/" + s.Name + "/README.md"
	if s.Schedule != "" {
		hint = r.Reload(s.Name, from, to)
	}
	if len(watch.Lost) == 0 {
		return hint
	}
	lost := fmt.Sprintf("let the source start after it (start in pipeline.yaml), or load it from a backup; nothing else can bring "+
		"%s back, which tells of now only", term.List(watch.Lost))
	if len(watch.Lost) < len(watch.Missing) {
		lost += "; for the rest: " + hint
	}
	return lost
}

// modelProblem says of a model why its result does not stand; false when it does, or only waits.
func (r *Reading) modelProblem(d plan.Decision) (Problem, bool) {
	p := Problem{Model: d.Model.Name, Partition: d.Partition, Through: d.Partition, State: states[d.Status], Reason: r.reason(d)}
	switch d.Status {
	case plan.Failed, plan.AuditFailed:
		p.Hint = "mend its SQL or what it reads, and it runs by itself; to try the same again: " +
			r.Command("replay", "--date", d.Partition.String(), "--model", d.Model.Name)
	case plan.Ready:
		p.Hint = r.Move
	case plan.Held, plan.Running:
	default:
		return p, false
	}
	p.Blocks = r.blocked(makes(d))
	return p, true
}

// reason says why a model does not stand.
func (r *Reading) reason(d plan.Decision) string {
	switch d.Status {
	case plan.AuditFailed:
		return "not published: " + failures(d.End.Failures)
	case plan.Held:
		text := fmt.Sprintf("held until %s at the latest by %s", r.clock(d.Hold.Until), d.Hold.ID)
		if h, known := r.Holds[d.Hold.ID]; known {
			text += fmt.Sprintf(" of %s, begun on %s: %s", h.By, r.clock(h.Begun), h.Why)
		}
		return text
	case plan.Running:
		return fmt.Sprintf("under way since %s, until %s at the latest", r.clock(d.Newest.At), r.clock(d.Newest.LeaseEnd))
	case plan.Ready:
		before := d.Newest
		switch {
		case before == nil:
		case before.Partition != d.Partition: // of a whole table
			before = nil
		case before.State == ledger.Started:
			return fmt.Sprintf("its run of %s was broken off", r.clock(before.At))
		case before.Transient:
			return "its last try came to nothing: " + before.Reason
		}
		causes := r.because(makes(d), d.Run, before)
		return "it is to run, because " + term.List(atMost(r.texts(causes), 3))
	}
	return d.Reason()
}

// failures are the checks of an audit that did not hold.
func failures(list []ledger.Failure) string {
	var texts []string
	for _, f := range list {
		texts = append(texts, FailureText(f))
	}
	return strings.Join(texts, "; ")
}

// FailureText is "post_id is never null: fails 3 times".
func FailureText(f ledger.Failure) string {
	return fmt.Sprintf("%s: fails %s", f.Text, times(int(f.Count)))
}
