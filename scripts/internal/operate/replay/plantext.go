package replay

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
)

// tellPlan is what --plan says.
func (r *replay) tellPlan(s survey) (int, error) {
	if r.flags.JSON {
		return complete, term.WriteJSON(r.sys.out, planned(s))
	}
	r.writePlan(r.sys.out, s)
	return complete, nil
}

// writePlan says what would be done.
func (r *replay) writePlan(out io.Writer, s survey) {
	r.say(out, "%s: %s.", r.Name, r.title(s))
	if s.idle(r.request) && r.Way == bySeek {
		return
	}
	if names := sourceNames(s); names != nil {
		r.say(out, "First %s %s it again.", term.List(names), map[bool]string{true: "loads", false: "load"}[len(names) == 1])
	}
	if r.Way == byDate && len(s.Events) > 0 {
		r.say(out, "%s published again, of %s.", plural(len(s.Events), "event is", "events are"), term.List(tellers(s)))
	}
	if len(s.Run) > 0 {
		fmt.Fprintf(out, "\n%s\n", runsTable(s))
		queries, bytes, how := s.total()
		r.say(out, "%s, %s%s.", term.Count(len(s.Run), "run"), plural(queries, "query", "queries"), bytesText(bytes, how))
		if n := slices.IndexFunc(s.Run, func(p prospect) bool { return p.noDryRun != nil }); n >= 0 {
			r.say(out, "There is no dry run: %v.", s.Run[n].noDryRun)
		}
	} else if r.Way == bySeek {
		r.say(out, "Nothing is left to run: what is complete is left alone, unless an event tells of something new.")
	}
	if len(s.May) > 0 && (len(s.Run) > 0 || len(s.Sources) > 0) {
		fmt.Fprintf(out, "If anything comes out other than before, what reads it runs too, at most:\n%s\n", mayTable(s.May))
	}
	for _, d := range s.Left {
		if d.Status == plan.Waiting && s.idle(r.request) && !r.flags.Plan {
			continue // it is named as missing at once
		}
		r.say(out, "%s is left alone: %s.", d.Target, d.Reason())
	}
}

// say writes a sentence, within the width of a terminal.
func (r *replay) say(out io.Writer, format string, args ...any) {
	sentence := fmt.Sprintf(format, args...)
	if r.sys.width > 0 {
		sentence = text.WrapSoft(sentence, r.sys.width)
	}
	fmt.Fprintln(out, sentence)
}

func (r *replay) title(s survey) string {
	switch {
	case r.Way == bySeek && s.idle(r.request):
		return "no event has come since " + r.Since.Format("2006-01-02 15:04:05 UTC")
	case r.Way == bySeek:
		return fmt.Sprintf("%s since %s again", plural(countEvents(s), "event comes", "events come"), r.Since.Format("2006-01-02 15:04:05 UTC"))
	case r.Model != "" && len(s.Reset) > 1:
		return fmt.Sprintf("%s of %s runs again, and what is made from it there", r.Model, r.Date)
	case r.Model != "":
		return fmt.Sprintf("%s of %s runs again", r.Model, r.Date)
	}
	return fmt.Sprintf("the models of %s run again", r.Date)
}

func sourceNames(s survey) (names []string) {
	for _, src := range s.Sources {
		names = append(names, src.Name)
	}
	return names
}

// tellers are the sources whose events come again.
func tellers(s survey) (names []string) {
	for _, e := range s.Events {
		names = append(names, e.Source)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// maxRuns is how many runs a plan names one by one.
const maxRuns = 20

func runsTable(s survey) string {
	t := table.NewWriter()
	t.SetStyle(term.Plain)
	_, _, how := s.total()
	row := func(name, bytes, reads string) {
		if how == nothing {
			t.AppendRow(table.Row{name, reads})
		} else {
			t.AppendRow(table.Row{name, bytes, reads})
		}
	}
	if how != nothing {
		t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	}
	row("run", "bytes", "reads")
	for _, run := range s.Run[:min(len(s.Run), maxRuns)] {
		name, bytes := run.Target.String(), "–"
		if len(s.Reset) > 0 && run.Partition == s.Reset[0].Partition { // the title says it
			name = run.Model.Name
		}
		if run.Estimated == dryRun || run.Estimated == lastRun {
			bytes = term.Bytes(run.Bytes)
		}
		row(name, bytes, strings.Join(spans(wants(run.Inputs), false), "\n"))
	}
	if more := len(s.Run) - maxRuns; more > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("and %d more", more)})
	}
	return term.Table(t)
}

// mayTable is a line for each model, with the partitions of it.
func mayTable(targets []plan.Target) string {
	t := table.NewWriter()
	t.SetStyle(term.Plain)
	for len(targets) > 0 {
		n := 1
		for n < len(targets) && targets[n].Model == targets[0].Model {
			n++
		}
		name := targets[0].Model.Name
		var spans []string
		for _, text := range compress(targets[:n]) {
			spans = append(spans, strings.TrimPrefix(text, name+" "))
		}
		t.AppendRow(table.Row{"  " + name, strings.Join(spans, ", ")})
		targets = targets[n:]
	}
	return term.Table(t)
}

func bytesText(bytes int64, how estimated) string {
	switch how {
	case dryRun:
		return fmt.Sprintf(", which would read %s (a dry run says)", term.Bytes(bytes))
	case lastRun:
		return fmt.Sprintf(", which read %s when they last ran", term.Bytes(bytes))
	case unknown:
		return "; how many bytes they read is not known, because not all have run before"
	}
	return "; nothing is billed by bytes here"
}
