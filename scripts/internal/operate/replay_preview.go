package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	jobs "example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// replayPreview is a plan together with how everything in it stands.
type replayPreview struct {
	plan.Replay
	view    *ledger.View // as it was then
	events  []event.Event
	runs    []plannedRun    // of Reset, and whatever else is ready
	blocked []plan.Decision // of Reset: those that cannot run, and why
	seek    bool
	loads   int  // since the time of a seek, as far as the ledger knows
	kept    bool // messages are kept here, so that a subscription can be sought back
}

// plannedRun is a model's partition that is going to run.
type plannedRun struct {
	plan.Decision
	inputs    []ledger.Arrival
	queries   int
	bytes     int64
	estimated Estimate
	noDryRun  error // why there was none where there could be
}

// idle reports whether nothing would happen. Where messages are kept, some may be unknown to the ledger.
func (p *replayPreview) idle() bool {
	if p.seek {
		return len(p.Republish) == 0 && len(p.runs) == 0 && !p.kept
	}
	return len(p.runs) == 0 && len(p.Sources) == 0
}

// preview works out what a replay would do. It changes nothing.
func (r *replay) preview(ctx context.Context) (*replayPreview, error) {
	p := &replayPreview{view: &ledger.View{}, seek: !r.since.IsZero()}
	find := r.previewDate
	switch {
	case p.seek:
		find = r.previewSeek
	case r.gone:
		find = r.previewGone
	}
	if err := find(ctx, p); err != nil || len(p.Hold) == 0 {
		return p, err
	}
	if err := r.ledger.List(ctx, p.view, p.Hold); err != nil {
		return p, err
	}
	return p, r.previewRuns(ctx, p)
}

func (r *replay) previewDate(ctx context.Context, p *replayPreview) error {
	err := r.ledger.ListUntil(ctx, p.view, func() (unlisted []partition.Partition) {
		p.Replay, unlisted = r.planner.Replay(r.ReplayRequest, p.view, r.now())
		return unlisted
	})
	if err != nil {
		return err
	}
	var loads []partition.Partition
	for _, w := range r.reloads(p) {
		loads = append(loads, w.Partition)
	}
	if err := r.ledger.List(ctx, p.view, loads); err != nil {
		return err
	}
	var newest []ledger.Arrival
	for _, w := range p.Republish {
		if a, ok := p.view.Newest(w.Table, w.Partition); ok {
			newest = append(newest, a)
		}
	}
	received, err := r.ledger.Events(ctx, newest)
	for _, e := range received {
		e.Event.Tables = slices.DeleteFunc(e.Event.Tables, func(t event.Table) bool {
			return !slices.ContainsFunc(newest, func(a ledger.Arrival) bool {
				return a.Table == t.Table &&
					a.LoadID == e.Event.LoadID
			})
		})
		p.events = append(p.events, e.Event)
	}
	return err
}

// reloads returns the tables' partitions that the sources load again.
func (r *replay) reloads(p *replayPreview) (list []plan.TablePartition) {
	for _, s := range p.Sources {
		list = append(list, plan.LoadedBy(s, r.Partition)...)
	}
	return list
}

// previewSeek finds the arrivals since a time. Where messages are kept, the arrivals' names are enough;
// elsewhere the events are read, to be published again.
func (r *replay) previewSeek(ctx context.Context, p *replayPreview) error {
	p.kept = !r.Local
	wanted := partition.Within(r.Pipeline.StartDay(), partition.Day(r.now()))
	if err := r.ledger.List(ctx, p.view, wanted); err != nil {
		return err
	}
	var arrivals []ledger.Arrival
	for _, q := range wanted {
		for _, table := range p.view.Tables(q) {
			for _, a := range p.view.Arrivals(table, q) {
				if !p.kept || !a.LoadedAt.Before(r.since) { // an event may have been received long after the load
					arrivals = append(arrivals, a)
				}
			}
		}
	}
	load := func(q partition.Partition, id string) string { return q.String() + " " + id }
	if !p.kept {
		received, err := r.ledger.Events(ctx, arrivals)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, e := range received {
			if !e.ReceivedAt.Before(r.since) {
				p.events = append(p.events, e.Event)
				known[load(e.Event.Partition, e.Event.LoadID)] = true
			}
		}
		arrivals = slices.DeleteFunc(arrivals, func(a ledger.Arrival) bool { return !known[load(a.Partition, a.LoadID)] })
	}
	loads := map[string]bool{}
	for _, a := range arrivals {
		loads[load(a.Partition, a.LoadID)] = true
	}
	p.loads = len(loads)
	return r.ledger.ListUntil(ctx, p.view, func() (unlisted []partition.Partition) {
		p.Replay, unlisted = r.planner.ReplaySince(r.since, arrivals, p.view, r.now())
		return unlisted
	})
}

// blockedStatuses lists the statuses of targets that cannot run, even after a reset or a new load.
var blockedStatuses = []plan.Status{plan.Waiting, plan.NotExpected, plan.Superseded}

// previewRuns finds which of the targets run, what each reads, and what that costs.
func (r *replay) previewRuns(ctx context.Context, p *replayPreview) error {
	report, err := r.reporter.Report(ctx, p.From, p.To)
	if err != nil {
		return err
	}
	settled := map[plan.Target]bool{} // that run in any case, or cannot
	for _, d := range report.Decisions {
		reset := slices.Contains(p.Reset, d.Target)
		if slices.Contains(blockedStatuses, d.Status) {
			settled[d.Target] = true
			if reset {
				p.blocked = append(p.blocked, d)
			}
			continue
		}
		if !reset && d.Status != plan.Ready {
			continue
		}
		settled[d.Target] = true
		run := plannedRun{Decision: d, inputs: r.planner.Call(d.Target, report.View).Present, queries: jobs.Queries(d.Model)}
		if err := r.estimate(ctx, &run); err != nil {
			return err
		}
		p.runs = append(p.runs, run)
	}
	if p.seek { // what the events announce is known; what the runs change is not
		var ready []plan.Target
		for _, run := range p.runs {
			ready = append(ready, run.Target)
		}
		err := r.ledger.ListUntil(ctx, p.view, func() (unlisted []partition.Partition) {
			p.Affected, unlisted = r.planner.Downstream(plan.Outputs(ready), p.view, r.now())
			return unlisted
		})
		if err != nil {
			return err
		}
	}
	p.Affected = slices.DeleteFunc(p.Affected, func(t plan.Target) bool { return settled[t] })
	return nil
}

// estimate finds how many bytes a run's query would read: by a dry run, or else as its last run was billed.
func (r *replay) estimate(ctx context.Context, run *plannedRun) (err error) {
	if r.Deployment.Estimate == nil {
		run.estimated = notBilled
		return nil
	}
	if !r.gone { // they may be hundreds, and each has run before
		run.bytes, err = r.Deployment.Estimate(ctx, run.Model, run.Partition, run.inputs)
		switch {
		case err == nil:
			run.estimated = dryRun
			return nil
		case ctx.Err() != nil:
			return err
		}
	}
	run.bytes, run.estimated, run.noDryRun = 0, unknown, err
	if run.Newest != nil && len(run.Newest.Jobs) > 0 {
		run.estimated = lastRun
		for _, job := range run.Newest.Jobs {
			run.bytes += job.BytesBilled
		}
	}
	return nil
}

// countEvents returns how many events are delivered again, as far as the ledger knows.
func (p *replayPreview) countEvents() int {
	if len(p.events) > 0 || !p.seek {
		return len(p.events)
	}
	return p.loads
}

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
func (r *replay) writePreview(out *term.Output, p *replayPreview) {
	say := func(format string, args ...any) {
		for _, line := range term.Wrap(fmt.Sprintf(format, args...), r.Width) {
			out.Say("%s", line)
		}
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
		out.Say("\n%s", p.runsTable(r.Partition))
		queries, bytes, how := p.total()
		say("%s, %s%s.", term.Count(len(p.runs), "run"), term.Plural(queries, "query", "queries"), bytesText(bytes, how))
		if n := slices.IndexFunc(p.runs, func(run plannedRun) bool { return run.noDryRun != nil }); n >= 0 {
			say("There is no dry run: %v.", p.runs[n].noDryRun)
		}
	case p.seek:
		say("Nothing is left to run: what is complete is left alone, unless an event announces something new.")
	}
	if len(p.Affected) > 0 && (len(p.runs) > 0 || len(p.Sources) > 0) {
		out.Say("If a result differs from before, what reads it runs too, at most:\n%s", affectedTable(p.Affected))
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
	case r.gone && len(p.Reset) == 0:
		return "of what models have published, nothing is gone that could run again"
	case r.gone:
		return "what models have published and is gone runs again"
	case r.Model != "" && len(p.Reset) > 1:
		return fmt.Sprintf("%s of %s runs again, and what is made from it there", r.Model, r.Partition)
	case r.Model != "":
		return fmt.Sprintf("%s of %s runs again", r.Model, r.Partition)
	}
	return fmt.Sprintf("the models of %s run again", r.Partition)
}

// maxListed is how many runs a preview names one by one.
const maxListed = 20

// runsTable returns a line for each run. A run of the partition that the title names shows its model alone.
func (p *replayPreview) runsTable(titled partition.Partition) term.Text {
	_, _, how := p.total()
	head := []string{"run", "bytes", "reads"}
	t := newTable(head...)
	for _, run := range p.runs[:min(len(p.runs), maxListed)] {
		name, bytes := run.Target.String(), ""
		if run.Partition == titled {
			name = run.Model.Name
		}
		switch {
		case run.estimated == dryRun || run.estimated == lastRun:
			bytes = term.Bytes(run.bytes)
		case how != notBilled:
			bytes = "–"
		}
		t.Row(name, bytes, term.Column(plan.Spans(run.reads(), false)))
	}
	if more := len(p.runs) - maxListed; more > 0 {
		t.Row(fmt.Sprintf("and %d more", more))
	}
	return t.Text()
}

// affectedTable is a line for each model, with its partitions.
func affectedTable(targets []plan.Target) term.Text {
	t := term.NewTable()
	for len(targets) > 0 {
		n := 1
		for n < len(targets) && targets[n].Model == targets[0].Model {
			n++
		}
		var spans []string
		for _, span := range plan.Spans(plan.Outputs(targets[:n]), true) {
			spans = append(spans, strings.TrimPrefix(span, targets[0].Model.TableName()+" "))
		}
		t.Row("  "+targets[0].Model.Name, strings.Join(spans, ", "))
		targets = targets[n:]
	}
	return t.Text()
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
		r.Out.Say("")
		term.WriteGrid(r.Out, o.Partitions, term.RunMarks(o.Partitions), term.Paint(r.Colour), r.Width)
	}
	count := map[State]int{}
	named := map[State][]plan.TablePartition{}
	for _, it := range o.Loads {
		count[it.State]++
		named[it.State] = append(named[it.State], plan.TablePartition{Table: it.Table, Partition: it.Partition})
	}
	if n := count[Unchanged]; n > 0 { // their number is enough
		r.Out.Say("Loaded again with the same rows: %s", term.Count(n, "table"))
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
			r.Out.Say("%s: %s", line.says, term.List(plan.Spans(list, true)))
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
	r.Out.Say("\n%s; in %s", strings.Join(append(done, did), "; "), term.Seconds(r.now().Sub(r.begun)))
}
