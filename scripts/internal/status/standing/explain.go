package standing

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
)

// Explain tells in sentences how a model's partition came to stand as it does: a paragraph for each thing there is to say. A
// paragraph that begins with "To mend it:" holds what to do.
func (r *Reading) Explain(d plan.Decision) []string {
	m := r.Model(d)
	paragraphs := r.standsSo(d, m)
	if n := len(m.Runs); n > 0 {
		paragraphs = append(paragraphs, r.lastRun(d, m))
		if n > 1 {
			paragraphs = append(paragraphs, r.earlier(m.Runs[:n-1]))
		}
	}
	if readers := r.readers(d); readers != nil {
		text := fmt.Sprintf("It is read by %s.", term.List(readers))
		if len(m.Blocks) > 0 {
			text += fmt.Sprintf(" Because of it %s.", waitingFor(m.Blocks))
		}
		paragraphs = append(paragraphs, text)
	}
	return paragraphs
}

// mend is the paragraph of a hint, none when there is none.
func mend(hint string) []string {
	if hint == "" {
		return nil
	}
	return []string{"To mend it: " + hint}
}

func waitingFor(models []string) string {
	if len(models) == 1 {
		return models[0] + " waits"
	}
	return term.List(models) + " wait"
}

// standsSo says how it stands, and what it waits for.
func (r *Reading) standsSo(d plan.Decision, m Model) []string {
	name := fmt.Sprintf("%s of %s", m.Name, d.Partition)
	one := func(format string, args ...any) []string { return []string{name + " " + fmt.Sprintf(format, args...)} }
	switch d.Status {
	case plan.Waiting:
		if m.State == NotExpected {
			return one("is expected of nobody: it reads what its source does not tell of any more. It %s.", m.Reason)
		}
		if len(m.WaitsFor) == 0 {
			return one("waits: none of its inputs has arrived.")
		}
		return append(one("waits."), r.waitsFor(m.WaitsFor)...)
	case plan.UpToDate:
		text := "is up to date: its table holds what its inputs come to."
		for _, a := range Again(m.Since) {
			text += fmt.Sprintf(" Since then %s, so there was nothing to do.", a)
		}
		return one("%s", text)
	case plan.Failed, plan.AuditFailed:
		text := "was not published, because its last run failed. What stood before still stands."
		if n := len(m.Runs); n > 0 && m.Runs[n-1].stood == nil {
			text = "was not published, because its last run failed, and nothing has stood before."
		}
		return append(one("%s", text), mend(m.Hint)...)
	case plan.Held:
		return one("has to run, and is %s. Its inputs are being brought along, and it runs once at the end.", m.Reason)
	case plan.Running:
		return one("is running: %s.", m.Reason)
	case plan.Ready:
		return append(one("is not up to date: %s.", strings.TrimSuffix(m.Reason, ".")), mend(m.Hint)...)
	case plan.Superseded:
		return one("is not run: its table is replaced whole, and holds %s already.", d.Newest.Published.Partition)
	}
	return one("is expected of nobody: it lies before the pipeline's start, %s.", r.Pipeline.StartDay())
}

// waitsFor says who has not answered, with what to do about it: a paragraph for each source, and for the models.
func (r *Reading) waitsFor(waits []Wait) (paragraphs []string) {
	for _, g := range Together(waits) {
		switch {
		case g.Source == "":
			paragraphs = append(paragraphs, fmt.Sprintf("%s is waited for: %s.", g.What, StateWords[g.State]))
		case g.State == Overdue:
			paragraphs = append(paragraphs, fmt.Sprintf("Source %s has not brought %s; due on %s, %s ago.",
				g.Source, g.What, r.clock(*g.Due), ago(r.Now.Sub(*g.Due))))
			paragraphs = append(paragraphs, mend(r.cureOf(r.Pipeline.Sources[g.Source], g.First, g.Last, r.Watches[Owed{g.Source, g.Last}]))...)
		default:
			paragraphs = append(paragraphs, fmt.Sprintf("Source %s has still time to bring %s, until %s.", g.Source, g.What, r.clock(*g.Due)))
		}
	}
	return paragraphs
}

// StateWords say of a model that is waited for how it stands.
var StateWords = map[term.State]string{
	Waiting: "none of its inputs has arrived", Ready: "it has not run yet", Running: "it is running", Held: "it is held",
	Failed: "its last run failed", AuditFailed: "its audit failed", UpToDate: "it is about to be announced",
}

// lastRun tells of the newest run.
func (r *Reading) lastRun(d plan.Decision, m Model) string {
	run := m.Runs[len(m.Runs)-1]
	text := fmt.Sprintf("It ran last on %s (attempt %d), because %s.", r.clock(run.Started), run.Attempt, r.becauseOf(run))
	text += fmt.Sprintf(" It read %s.", term.List(Compress(wants(run.Inputs))))
	switch run.State {
	case Running:
		text += " It has not ended yet."
	case Failed:
		text += fmt.Sprintf(" It failed on %s: %s.", r.clock(run.Ended), strings.TrimSuffix(run.Reason, "."))
	case AuditFailed:
		text += fmt.Sprintf(" Its audit failed on %s: %s.", r.clock(run.Ended), failures(run.Failures))
	case Succeeded:
		if run.Checks > 0 {
			text += fmt.Sprintf(" Its audit held: %s.", term.Count(run.Checks, "check"))
		}
		text += fmt.Sprintf(" It published %s on %s", Rows(*run.Rows), r.clock(run.Ended))
		switch {
		case run.Same:
			text += ", the same as before: nothing that reads them has to run again."
		case run.stood != nil && r.readers(d) != nil:
			text += ", other than before: what reads them has to run again."
		case run.stood != nil:
			text += ", other than before."
		default:
			text += "."
		}
	}
	return text
}

func (r *Reading) becauseOf(run Run) string { return term.List(atMost(r.texts(run.Because), 5)) }

func (r *Reading) texts(causes []Cause) (texts []string) {
	for _, c := range causes {
		texts = append(texts, c.Text(r.clock))
	}
	return texts
}

// earlier sums up the runs before the newest.
func (r *Reading) earlier(runs []Run) string {
	var texts []string
	for _, run := range slices.Backward(runs) {
		how := map[term.State]string{Succeeded: "published", Failed: "failed", AuditFailed: "its audit failed", GivenUp: "given up"}[run.State]
		texts = append(texts, fmt.Sprintf("on %s (%s), because %s", r.clock(run.Started), how, r.becauseOf(run)))
	}
	return fmt.Sprintf("Before that it ran %s: %s.", times(len(runs)), strings.Join(atMost(texts, 5), "; "))
}

// readers are the models that read it.
func (r *Reading) readers(d plan.Decision) (list []string) {
	for _, m := range r.Manifest.Readers(d.Model.TableName()) {
		list = append(list, m.Name)
	}
	return list
}

func atMost(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], fmt.Sprintf("%d more", len(list)-n))
}

func wants(inputs []ledger.Arrival) (list []string) {
	for _, a := range inputs {
		list = append(list, of(a).String())
	}
	return list
}
