package operate

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// Plan says what a command is going to do, as far as that is known before. Each command fills in what applies to it.
type Plan struct {
	Requests   map[string][]partition.Partition `json:"requests"` // by source, oldest first
	RunsAtMost int                              `json:"model_runs_at_most"`
	Runs       []PlannedRun                     `json:"runs,omitempty"` // in any case
	// only if what they read changes: "revenue 2026-10"
	MayRun       []string `json:"may_run,omitempty"`
	Waiting      []Item   `json:"waiting,omitempty"`
	Unobtainable []Item   `json:"unobtainable,omitempty"`
	Events       int      `json:"events,omitempty"`
	Queries      int      `json:"queries,omitempty"`
	Bytes        int64    `json:"bytes,omitempty"`
	Estimated    Estimate `json:"estimated,omitempty"`
}

// PlannedRun is one run of a Plan.
type PlannedRun struct {
	Model     string                `json:"model"`
	Partition partition.Partition   `json:"partition"`
	Inputs    []plan.TablePartition `json:"inputs"`
	Queries   int                   `json:"queries"`
	Bytes     int64                 `json:"bytes"`
	Estimated Estimate              `json:"estimated"`
}

// Estimate says where a number of bytes comes from.
type Estimate string

// The estimates, the best first.
const (
	notBilled Estimate = "nothing"  // nothing is billed by bytes here
	dryRun    Estimate = "dry_run"  // what the query would read now, at most
	lastRun   Estimate = "last_run" // what the last run was billed
	unknown   Estimate = "unknown"
)

// plan returns the preview of a replay, for JSON.
func (p *replayPreview) plan() *Plan {
	j := &Plan{Requests: map[string][]partition.Partition{}, RunsAtMost: len(p.runs) + len(p.Affected),
		Events: p.countEvents()}
	for _, s := range p.Sources {
		j.Requests[s.Name] = []partition.Partition{p.Reset[0].Partition}
	}
	for _, run := range p.runs {
		j.Runs = append(j.Runs, PlannedRun{
			Model: run.Model.Name, Partition: run.Partition, Inputs: run.reads(), Queries: run.queries, Bytes: run.bytes,
			Estimated: run.estimated,
		})
	}
	j.Queries, j.Bytes, j.Estimated = p.total()
	for _, t := range p.Affected {
		j.MayRun = append(j.MayRun, t.String())
	}
	for _, d := range p.blocked {
		j.Waiting = append(j.Waiting, Item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition,
			Reason: explain.Reason(d)})
	}
	return j
}

// reads returns the tables' partitions that the run reads.
func (r plannedRun) reads() (list []plan.TablePartition) {
	for _, a := range r.inputs {
		list = append(list, plan.TablePartition{Table: a.Table, Partition: a.Partition})
	}
	return list
}

// total returns what all runs come to; of the estimates, the worst.
func (p *replayPreview) total() (queries int, bytes int64, worst Estimate) {
	order := []Estimate{notBilled, dryRun, lastRun, unknown}
	worst = notBilled
	for _, run := range p.runs {
		queries, bytes = queries+run.queries, bytes+run.bytes
		if slices.Index(order, run.estimated) > slices.Index(order, worst) {
			worst = run.estimated
		}
	}
	return queries, bytes, worst
}

// writePreview says what a replay would do.
func (r *replay) writePreview(out io.Writer, p *replayPreview) {
	say := func(format string, args ...any) {
		sentence := fmt.Sprintf(format, args...)
		if r.Width > 0 {
			sentence = text.WrapSoft(sentence, r.Width)
		}
		fmt.Fprintln(out, sentence)
	}
	say("%s: %s.", r.Deployment.Name, r.title(p))
	if p.seek && p.idle() {
		return
	}
	var sources, publishers []string
	for _, s := range p.Sources {
		sources = append(sources, s.Name)
	}
	for _, e := range p.events {
		publishers = append(publishers, e.Source)
	}
	slices.Sort(publishers)
	if sources != nil {
		say("First %s %s it again.", term.List(sources), map[bool]string{true: "loads", false: "load"}[len(sources) == 1])
	}
	if !p.seek && publishers != nil {
		say("%s published again, of %s.", term.Plural(len(p.events), "event is", "events are"),
			term.List(slices.Compact(publishers)))
	}
	switch {
	case len(p.runs) > 0:
		fmt.Fprintf(out, "\n%s\n", p.runsTable())
		queries, bytes, how := p.total()
		say("%s, %s%s.", term.Count(len(p.runs), "run"), term.Plural(queries, "query", "queries"), bytesText(bytes, how))
		if n := slices.IndexFunc(p.runs, func(run plannedRun) bool { return run.noDryRun != nil }); n >= 0 {
			say("There is no dry run: %v.", p.runs[n].noDryRun)
		}
	case p.seek:
		say("Nothing is left to run: what is complete is left alone, unless an event announces something new.")
	}
	if len(p.Affected) > 0 && (len(p.runs) > 0 || len(p.Sources) > 0) {
		fmt.Fprintf(out, "If a result differs from before, what reads it runs too, at most:\n%s\n", affectedTable(p.Affected))
	}
	for _, d := range p.blocked {
		if d.Status == plan.Waiting && p.idle() && !r.DryRun {
			continue // it is named as missing in a moment
		}
		say("%s is left alone: %s.", d.Target, explain.Reason(d))
	}
}

func (r *replay) title(p *replayPreview) string {
	since := r.since.Format("2006-01-02 15:04:05 UTC")
	switch {
	case p.seek && p.idle():
		return "no event has arrived since " + since
	case p.seek:
		return fmt.Sprintf("%s delivered again, since %s", term.Plural(p.countEvents(), "event is", "events are"), since)
	case r.Model != "" && len(p.Reset) > 1:
		return fmt.Sprintf("%s of %s runs again, and what is made from it there", r.Model, r.Partition)
	case r.Model != "":
		return fmt.Sprintf("%s of %s runs again", r.Model, r.Partition)
	}
	return fmt.Sprintf("the models of %s run again", r.Partition)
}

// maxListed is how many runs a preview names one by one.
const maxListed = 20

func (p *replayPreview) runsTable() string {
	_, _, how := p.total()
	head := []string{"run", "bytes", "reads"}
	t := newTable(head...)
	for _, run := range p.runs[:min(len(p.runs), maxListed)] {
		name, bytes := run.Target.String(), ""
		if len(p.Reset) > 0 && run.Partition == p.Reset[0].Partition { // the title says it
			name = run.Model.Name
		}
		switch {
		case run.estimated == dryRun || run.estimated == lastRun:
			bytes = term.Bytes(run.bytes)
		case how != notBilled:
			bytes = "–"
		}
		t.AppendRow(table.Row{name, bytes, strings.Join(plan.Spans(run.reads(), false), "\n")})
	}
	if more := len(p.runs) - maxListed; more > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("and %d more", more)})
	}
	return term.Table(t)
}

// affectedTable is a line for each model, with its partitions.
func affectedTable(targets []plan.Target) string {
	t := table.NewWriter()
	t.SetStyle(term.Plain)
	for len(targets) > 0 {
		n := 1
		for n < len(targets) && targets[n].Model == targets[0].Model {
			n++
		}
		var spans []string
		for _, span := range plan.Spans(plan.Outputs(targets[:n]), true) {
			spans = append(spans, strings.TrimPrefix(span, targets[0].Model.TableName()+" "))
		}
		t.AppendRow(table.Row{"  " + targets[0].Model.Name, strings.Join(spans, ", ")})
		targets = targets[n:]
	}
	return term.Table(t)
}

func bytesText(bytes int64, how Estimate) string {
	switch how {
	case dryRun:
		return fmt.Sprintf(", which would read %s (by a dry run)", term.Bytes(bytes))
	case lastRun:
		return fmt.Sprintf(", which read %s when they last ran", term.Bytes(bytes))
	case unknown:
		return "; how many bytes they read is not known, because not all have run before"
	}
	return "; nothing is billed by bytes here"
}

// write reports a replay to a person.
func (r *replay) write(o *Outcome) {
	if len(o.Partitions) > 0 {
		fmt.Fprintln(r.Out)
		term.WriteGrid(r.Out, o.Partitions, term.RunMarks, term.Paint(r.Colour), r.Width)
	}
	count := map[State]int{}
	named := map[State][]plan.TablePartition{}
	for _, it := range o.Loads {
		count[it.State]++
		named[it.State] = append(named[it.State], plan.TablePartition{Table: it.Table, Partition: it.Partition})
	}
	if n := count[Unchanged]; n > 0 { // their number is enough
		fmt.Fprintln(r.Out, "Loaded again with the same rows: "+term.Count(n, "table"))
	}
	for _, line := range []struct {
		state State
		says  string
	}{
		{Loaded, "Loaded with other rows"},
		{Withdrawn, "No longer at the source, and kept as it was"},
		{Unobtainable, "No longer at the source, and never loaded"},
	} {
		if list := named[line.state]; list != nil {
			fmt.Fprintf(r.Out, "%s: %s\n", line.says, term.List(plan.Spans(list, true)))
		}
	}
	var done []string
	if n := count[Loaded] + count[Unchanged]; n > 0 {
		done = append(done, term.Count(n, "table")+" loaded again")
	}
	if o.Events > 0 {
		done = append(done, term.Count(o.Events, "event")+" delivered again")
	}
	did := "no query ran: what is complete was left alone"
	if len(o.Runs) > 0 {
		did = fmt.Sprintf("%s, %s", term.Count(len(o.Runs), "model run"), term.Plural(o.Queries, "query", "queries"))
		if o.Billed > 0 {
			did += ", " + term.Bytes(o.Billed) + " billed"
		}
	}
	fmt.Fprintf(r.Out, "\n%s; in %s\n", strings.Join(append(done, did), "; "), term.Seconds(r.now().Sub(r.begun)))
}

// newTable returns a table with names over its columns. Numbers stand at the right, and empty columns are left out.
func newTable(head ...string) table.Writer {
	t := table.NewWriter()
	t.SetStyle(term.Plain)
	t.SuppressEmptyColumns()
	row := table.Row{}
	var configs []table.ColumnConfig
	for i, h := range head {
		row = append(row, h)
		if !slices.Contains([]string{"source", "table", "model", "run", "reads"}, h) {
			configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(configs)
	return t
}
