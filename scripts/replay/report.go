package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/show"
	"example.com/rollcall/shared/partition"
)

// plannedRuns is a plan, for JSON.
type plannedRuns struct {
	Runs      []plannedRun `json:"runs"`
	Queries   int          `json:"queries"`
	Bytes     int64        `json:"bytes"`
	Estimated estimated    `json:"estimated"`
	MayRun    []string     `json:"may_run"` // only if what they read changes: "revenue 2026-10"
	Waiting   []item       `json:"waiting"`
	Events    int          `json:"events"`
	Sources   []string     `json:"sources"`
}

type plannedRun struct {
	Model     string              `json:"model"`
	Partition partition.Partition `json:"partition"`
	Inputs    []plan.Want         `json:"inputs"`
	Queries   int                 `json:"queries"`
	Bytes     int64               `json:"bytes"`
	Estimated estimated           `json:"estimated"`
}

func planned(s survey) *plannedRuns {
	p := &plannedRuns{Runs: []plannedRun{}, MayRun: []string{}, Waiting: []item{}, Sources: []string{}, Events: countEvents(s)}
	for _, run := range s.Run {
		one := plannedRun{Model: run.Model.Name, Partition: run.Partition, Queries: run.Queries, Bytes: run.Bytes, Estimated: run.Estimated, Inputs: wants(run.Inputs)}
		p.Runs = append(p.Runs, one)
	}
	p.Queries, p.Bytes, p.Estimated = s.total()
	for _, t := range s.May {
		p.MayRun = append(p.MayRun, t.String())
	}
	for _, d := range s.Left {
		p.Waiting = append(p.Waiting, item{Model: d.Model.Name, Table: d.Model.TableName(), Partition: d.Partition, Reason: d.Reason()})
	}
	for _, src := range s.Sources {
		p.Sources = append(p.Sources, src.Name)
	}
	return p
}

// total is what all that runs comes to; of the ways in which bytes were estimated, the worst.
func (s survey) total() (queries int, bytes int64, worst estimated) {
	order := []estimated{nothing, dryRun, lastRun, unknown}
	worst = nothing
	for _, run := range s.Run {
		queries, bytes = queries+run.Queries, bytes+run.Bytes
		if slices.Index(order, run.Estimated) > slices.Index(order, worst) {
			worst = run.Estimated
		}
	}
	return queries, bytes, worst
}

func wants(arrivals []ledger.Arrival) (list []plan.Want) {
	for _, a := range arrivals {
		list = append(list, plan.Want{Table: a.Table, Partition: a.Partition})
	}
	return list
}

// tellPlan is what --plan says.
func (r *replay) tellPlan(s survey) (int, error) {
	if r.flags.JSON {
		return complete, writeJSON(r.sys.out, planned(s))
	}
	r.writePlan(r.sys.out, s)
	return complete, nil
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// writePlan says what would be done.
func (r *replay) writePlan(out io.Writer, s survey) {
	fmt.Fprintf(out, "%s: %s.\n", r.Name, r.title(s))
	if s.idle(r.request) && r.Way == bySeek {
		return
	}
	if names := sourceNames(s); names != nil {
		fmt.Fprintf(out, "First %s %s it again.\n", list(names), map[bool]string{true: "loads", false: "load"}[len(names) == 1])
	}
	if r.Way == byDate && len(s.Events) > 0 {
		fmt.Fprintf(out, "%s published again: %s.\n", plural(len(s.Events), "event is", "events are"), list(tablesOf(s.Told)))
	}
	if len(s.Run) > 0 {
		fmt.Fprintf(out, "\n%s\n", runsTable(s))
		queries, bytes, how := s.total()
		fmt.Fprintf(out, "%s, %s%s.\n", show.Count(len(s.Run), "run"), plural(queries, "query", "queries"), bytesText(bytes, how))
	} else if r.Way == bySeek {
		fmt.Fprintln(out, "Nothing is left to run: what is complete is left alone, unless an event tells of something new.")
	}
	if len(s.May) > 0 && (len(s.Run) > 0 || len(s.Sources) > 0) {
		fmt.Fprintf(out, "If anything comes out other than before, what reads it runs too, at most:\n%s\n", mayTable(s.May))
	}
	for _, d := range s.Left {
		fmt.Fprintf(out, "%s is left alone: %s.\n", d.Target, d.Reason())
	}
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

func tablesOf(wants []plan.Want) (names []string) {
	for _, w := range wants {
		names = append(names, w.Table)
	}
	return names
}

// maxRuns is how many runs a plan names one by one.
const maxRuns = 20

func runsTable(s survey) string {
	t := table.NewWriter()
	t.SetStyle(show.Plain)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight, AlignHeader: text.AlignRight}, {Number: 4, Align: text.AlignRight, AlignHeader: text.AlignRight}})
	_, _, how := s.total()
	row := func(name, reads string, queries, bytes any) {
		if how == nothing {
			t.AppendRow(table.Row{name, reads, queries})
		} else {
			t.AppendRow(table.Row{name, reads, queries, bytes})
		}
	}
	row("run", "reads", "queries", "bytes")
	for _, run := range s.Run[:min(len(s.Run), maxRuns)] {
		name, bytes := run.Target.String(), "–"
		if len(s.Reset) > 0 && run.Partition == s.Reset[0].Partition { // the title says it
			name = run.Model.Name
		}
		if run.Estimated == dryRun || run.Estimated == lastRun {
			bytes = size(run.Bytes)
		}
		row(name, strings.Join(compressWants(wants(run.Inputs)), "\n"), run.Queries, bytes)
	}
	if more := len(s.Run) - maxRuns; more > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("and %d more", more)})
	}
	return render(t)
}

func render(t table.Writer) string {
	lines := strings.Split(t.Render(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// mayTable is a line for each model, with the partitions of it.
func mayTable(targets []plan.Target) string {
	t := table.NewWriter()
	t.SetStyle(show.Plain)
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
	return render(t)
}

func bytesText(bytes int64, how estimated) string {
	switch how {
	case dryRun:
		return fmt.Sprintf(", which would read %s (a dry run says)", size(bytes))
	case lastRun:
		return fmt.Sprintf(", which read %s when they last ran (there is no dry run here)", size(bytes))
	case unknown:
		return "; how many bytes they read is not known, because not all have run before"
	}
	return "; nothing is billed by bytes here"
}

func size(bytes int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if bytes >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(bytes)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// report writes what was done: as JSON, or for a person.
func (r *replay) report(o outcome) error {
	if r.flags.JSON {
		return writeJSON(r.sys.out, o)
	}
	out := r.sys.out
	if len(o.Partitions) > 0 {
		fmt.Fprintln(out)
		show.WriteGrid(out, o.Partitions, marks, show.Paint(r.sys.colour), r.sys.width)
	}
	for _, line := range loadLines(o.Loads) {
		fmt.Fprintln(out, line)
	}
	r.summary(out, o)
	return nil
}

func (r *replay) summary(out io.Writer, o outcome) {
	if !o.begun {
		return
	}
	if r.Way == letters {
		fmt.Fprintf(out, "%s sent back, %s left; in %s\n", plural(len(o.SentBack), "was", "were"), plural(len(o.Missing), "is", "are"),
			show.Seconds(time.Duration(o.Milliseconds)*time.Millisecond))
		return
	}
	var done []string
	loaded := 0
	for _, it := range o.Loads {
		if it.State == loadedAnew || it.State == loadedSame {
			loaded++
		}
	}
	if loaded > 0 {
		done = append(done, show.Count(loaded, "table")+" loaded again")
	}
	if o.Events > 0 {
		done = append(done, plural(o.Events, "event", "events")+" came again")
	}
	did := "no query ran: what is complete was left alone"
	if len(o.Runs) > 0 {
		did = fmt.Sprintf("%s, %s", show.Count(len(o.Runs), "model run"), plural(o.Queries, "query", "queries"))
		if o.BytesBilled > 0 {
			did += ", " + size(o.BytesBilled) + " billed"
		}
	}
	fmt.Fprintf(out, "\n%s; in %s\n", strings.Join(append(done, did), "; "), show.Seconds(time.Duration(o.Milliseconds)*time.Millisecond))
}

// loadLines say what sources have brought, the tables that are alike together. Of what is as it was, how much is enough.
func loadLines(loads []item) (lines []string) {
	same := 0
	for _, it := range loads {
		if it.State == loadedSame {
			same++
		}
	}
	if same > 0 {
		lines = append(lines, "Unchanged at the sources: "+show.Count(same, "table"))
	}
	for _, state := range []struct{ is, says string }{
		{loadedAnew, "Restated"}, {notLoaded, "Not told of any more by the source, and left as it stood"}, {notThere, "Not told of any more by the source, and never loaded"},
	} {
		var names []plan.Want
		for _, it := range loads {
			if it.State == state.is {
				names = append(names, plan.Want{Table: it.Table, Partition: it.Partition})
			}
		}
		if names != nil {
			lines = append(lines, fmt.Sprintf("%s: %s", state.says, list(compressWants(names))))
		}
	}
	return lines
}
