package main

import (
	"fmt"
	"strings"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/scripts/internal/status/standing"
	"example.com/rollcall/scripts/internal/term"
)

// short is the beginning of a digest or a fingerprint, enough to tell two apart.
func short(s string) string { return s[:min(len(s), 8)] }

func (t text) model(m standing.Model) {
	t.title(m.State, m.Name, words(m.State))
	reason := m.Reason
	if len(m.WaitsFor) > 0 || m.State == standing.Failed || m.State == standing.AuditFailed {
		reason = "" // told below: by what it waits for, or by its last run
	}
	t.because(reason, m.Hint, m.Blocks)
	for _, g := range standing.Together(m.WaitsFor) {
		how := standing.StateWords[g.State]
		switch {
		case g.Due != nil && g.State == standing.Overdue:
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
	for _, again := range standing.Again(m.Since) {
		t.paragraph("  ", "since then "+again+": nothing to do", ink.Faint)
	}
	t.say("")
}

// shownRuns is how many runs of a model are told, the newest of them.
const shownRuns = 3

func (t text) run(r standing.Run) {
	head := fmt.Sprintf("%s  attempt %d  ", t.clock(r.Started), r.Attempt)
	took := term.Seconds(r.Ended.Sub(r.Started))
	switch r.State {
	case standing.Succeeded:
		head += fmt.Sprintf("published %s in %s (%s)", standing.Rows(*r.Rows), took, short(r.Digest.String()))
		if r.Same {
			head += ", as before"
		}
		if r.Checks > 0 {
			head += fmt.Sprintf(", %s held", term.Count(r.Checks, "check"))
		}
	case standing.Running:
		head += "not ended"
	case standing.GivenUp:
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
	for _, f := range r.Failures {
		t.paragraph("    ", standing.FailureText(f), ink.FgRed)
	}
	for _, in := range standing.Compress(inputs(r.Inputs)) {
		t.paragraph("    ", "read "+in, ink.Faint)
	}
	if line := jobs(r.Jobs); line != "" {
		t.paragraph("    ", line, ink.Faint)
	}
}

// jobs are the jobs of a run in one line. Their ids differ in the step only, which comes first: see coordinator/run.
func jobs(list []ledger.Job) string {
	var steps []string
	rest := ""
	for _, j := range list {
		var step string
		step, rest, _ = strings.Cut(j.ID, "_")
		steps = append(steps, step+" "+figures(j))
	}
	if steps == nil {
		return ""
	}
	return fmt.Sprintf("jobs …_%s: %s", rest, strings.Join(steps, ", "))
}

func inputs(list []ledger.Arrival) (names []string) {
	for _, a := range list {
		names = append(names, a.Table+" "+a.Partition.String())
	}
	return names
}

// figures are what one job cost.
func figures(j ledger.Job) string {
	if j.BytesBilled > 0 {
		return fmt.Sprintf("%s %s", term.Seconds(j.Duration), term.Bytes(j.BytesBilled))
	}
	return term.Seconds(j.Duration)
}
