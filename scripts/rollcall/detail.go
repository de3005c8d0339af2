package main

import (
	"fmt"
	"strings"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/term"
)

// shownRuns is how many runs of a model are shown; the newest are.
const shownRuns = 3

// partition writes one partition in full.
func (t text) partition(p explain.Partition) {
	t.heading(p.Partition.String(), p.Deployment)
	for _, s := range p.Sources {
		t.source(s)
	}
	for _, m := range p.Models {
		t.model(m)
	}
	if p.Complete {
		t.say("Everything that is expected has arrived and run.")
	}
}

// title writes the first line of a source or a model: its mark, name and state.
func (t text) title(s explain.State, name, how string) {
	for _, m := range marks {
		if m.State == s {
			t.say("%s %s  %s", t.paint.In(m.Colour, m.Symbol), t.bold(name), t.paint.In(m.Colour, how))
			return
		}
	}
	t.say("  %s  %s", t.bold(name), how)
}

func (t text) source(s explain.Source) {
	how := words(s.State)
	if s.Arrived != nil {
		how = fmt.Sprintf("arrived %s, due by %s", t.clock(*s.Arrived), t.clock(s.Due))
		if s.State != explain.Arrived {
			how = words(s.State) + "; " + how
		}
	}
	t.title(s.State, s.Name, how)
	rows := term.NewTable()
	rows.Right(3)
	for _, tab := range s.Tables {
		if tab.Newest == nil {
			rows.Row(tab.Table, words(tab.State))
			continue
		}
		note := ""
		switch {
		case tab.Versions > 1:
			note = fmt.Sprintf("%d loads, version %d", tab.Loads, tab.Versions)
		case tab.Loads > 1:
			note = fmt.Sprintf("%d loads, same rows", tab.Loads)
		}
		if tab.State != explain.Arrived && tab.State != s.State {
			note = strings.TrimPrefix(note+"; "+words(tab.State), "; ")
		}
		n := tab.Newest
		rows.Row(tab.Table, t.clock(n.LoadedAt), explain.Rows(n.Rows), short(n.Digest.String()), note)
	}
	t.table(rows)
	t.because(s.Reason, s.Hint, s.Blocks)
	if s.Accepted != nil {
		t.paragraph("  ", explain.AcceptedText(*s.Accepted, t.clock))
	}
	t.say("")
}

func (t text) model(m explain.Model) {
	t.title(m.State, m.Name, words(m.State))
	reason := m.Reason
	if len(m.WaitsFor) > 0 || m.State == explain.Failed || m.State == explain.AuditFailed {
		reason = "" // shown below, with what it waits for or with its last run
	}
	t.because(reason, m.Hint, m.Blocks)
	for _, g := range explain.GroupWaits(m.WaitsFor) {
		how := explain.WaitText(g.State)
		switch {
		case g.Reason != "":
			how = g.Reason
		case g.Due != nil && g.State == explain.Overdue:
			how = "overdue since " + t.clock(*g.Due)
		case g.Due != nil:
			how = "due by " + t.clock(*g.Due)
		}
		t.paragraph("  ", fmt.Sprintf("waits for %s: %s", g.What, how))
	}
	for n := len(m.Runs) - 1; n >= max(0, len(m.Runs)-shownRuns); n-- {
		t.run(m.Runs[n])
	}
	if more := len(m.Runs) - shownRuns; more > 0 {
		t.say("  %s", t.faint(fmt.Sprintf("and %s before; --json has all", term.Count(more, "run"))))
	}
	for _, again := range explain.Reloads(m.Since) {
		t.paragraph("  ", "since then "+again+": nothing to do", ink.Faint)
	}
	t.say("")
}

func (t text) run(r explain.Run) {
	head := fmt.Sprintf("%s  attempt %d  ", t.clock(r.Started), r.Attempt)
	took := term.Seconds(r.Ended.Sub(r.Started))
	switch r.State {
	case explain.Succeeded:
		head += fmt.Sprintf("published %s in %s (%s)", explain.Rows(*r.Rows), took, short(r.Digest.String()))
		if r.Same {
			head += ", as before"
		}
		if passed := r.Checks - len(r.Failures); passed > 0 {
			head += fmt.Sprintf(", %s passed", term.Count(passed, "check"))
		}
	case explain.Running:
		head += "not ended"
	case explain.GivenUp:
		head += "given up"
	default:
		head += words(r.State) + " in " + took
	}
	if r.BytesBilled > 0 {
		head += fmt.Sprintf(", %s billed, %s of slots", term.Bytes(r.BytesBilled), term.Seconds(r.SlotTime))
	}
	t.paragraph("  ", head)
	for _, c := range r.Because {
		t.paragraph("    ", "because "+c.Text(t.clock))
	}
	if r.Reason != "" {
		t.paragraph("    ", r.Reason, ink.FgRed)
	}
	mark, colour := "", ink.FgRed
	if r.State == explain.Succeeded {
		mark, colour = "warning: ", ink.FgYellow
	}
	for _, f := range r.Failures {
		t.paragraph("    ", mark+explain.FailureText(f), colour)
	}
	for _, in := range explain.Inputs(r.Inputs) {
		t.paragraph("    ", "read "+in, ink.Faint)
	}
	if line := jobs(r.Jobs); line != "" {
		t.paragraph("    ", line, ink.Faint)
	}
}

// jobs returns the jobs of a run in one line. Their ids differ only in the step, which comes first: see
// coordinator/run.
func jobs(list []ledger.Job) string {
	var steps []string
	rest := ""
	for _, j := range list {
		var step string
		step, rest, _ = strings.Cut(j.ID, "_")
		step += " " + term.Seconds(j.Duration)
		if j.BytesBilled > 0 {
			step += " " + term.Bytes(j.BytesBilled)
		}
		steps = append(steps, step)
	}
	if steps == nil {
		return ""
	}
	return fmt.Sprintf("jobs …_%s: %s", rest, strings.Join(steps, ", "))
}
