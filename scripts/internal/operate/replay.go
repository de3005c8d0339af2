package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	jobs "example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// ReplayOptions say what to process again: the models of a day or a month, the events since a time, or dead letters.
type ReplayOptions struct {
	Place
	Confirmation
	Date        string   // a day
	Month       string   // a month, without its days
	Model       string   // with Date or Month: this model, and what is made from it for the same partition
	FromSource  bool     // with Date or Month: the sources load it again first
	Seek        string   // a time in RFC 3339, or how long ago: "2h", "3d"
	Deadletters bool     // dead letters and files in quarantine
	ID          []string // with Deadletters: these alone
}

// replayHold is how long a replay's hold lasts when it is not renewed: how long models wait for a replay that
// was killed.
const replayHold = 10 * time.Minute

// replay is one run of the command by date or by seek.
type replay struct {
	*command
	plan.ReplayRequest
	since    time.Time // of a seek; zero: by date
	reporter *coordinator.Coordinator
}

// Replay processes again what the options name, and reports whether everything is there afterwards.
func Replay(ctx context.Context, o ReplayOptions, sys System) (complete bool, err error) {
	if err := o.contradictions(); err != nil {
		return false, err
	}
	c, err := newCommand(ctx, "replay", o.Place, o.Confirmation, sys)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.makePlanner(); err != nil {
		return false, err
	}
	if o.Deadletters {
		return c.sendBack(ctx, o.ID)
	}
	r := &replay{command: c}
	if err := r.read(o); err != nil {
		return false, err
	}
	if r.reporter, err = c.Reporter(c.now); err != nil {
		return false, err
	}
	return r.run(ctx)
}

// contradictions reports everything that is wrong with the options by themselves.
func (o ReplayOptions) contradictions() error {
	var faults []error
	var ways []string
	byDate := o.Date != "" || o.Month != ""
	for _, way := range []struct {
		flag  string
		given bool
	}{{"--date", o.Date != ""}, {"--month", o.Month != ""}, {"--seek", o.Seek != ""}, {"--deadletters", o.Deadletters}} {
		if way.given {
			ways = append(ways, way.flag)
		}
	}
	switch len(ways) {
	case 0:
		faults = append(faults,
			errors.New("nothing says what to process again; pass --date, --month, --seek or --deadletters"))
	case 1:
	default:
		faults = append(faults, fmt.Errorf("%s contradict each other; pass one", strings.Join(ways, " and ")))
	}
	if !byDate && (o.Model != "" || o.FromSource) {
		faults = append(faults, errors.New("--model and --from-source need --date or --month"))
	}
	if !o.Deadletters && len(o.ID) > 0 {
		faults = append(faults, errors.New("--id needs --deadletters"))
	}
	return errors.Join(faults...)
}

// read reads the options against the clock and the models.
func (r *replay) read(o ReplayOptions) (err error) {
	if o.Seek != "" {
		r.since, err = seekTime(o.Seek, r.now())
		return err
	}
	p, err := Range{Date: o.Date, Month: o.Month}.partition(r.now())
	if err != nil {
		return err
	}
	r.ReplayRequest = plan.ReplayRequest{Partition: p, Model: o.Model, FromSource: o.FromSource}
	if o.Model == "" {
		return nil
	}
	model := r.Manifest.Model(o.Model)
	if model == nil {
		var names []string
		for _, m := range r.Manifest.Models {
			names = append(names, m.Name)
		}
		slices.Sort(names)
		return fmt.Errorf("--model: no model is named %q%s", o.Model, term.DidYouMean(o.Model, names))
	}
	if model.Grain != p.Grain() {
		example := "--month " + p.Month().Add(-1).String()
		if model.Grain == partition.Daily {
			example = "--date " + partition.Day(p.End().Add(-1)).String()
		}
		return fmt.Errorf("--model %s is %s, and %s is not; pass a partition like %s", o.Model, model.Grain, p, example)
	}
	return nil
}

// kept is how long messages are kept (terraform/pubsub.tf), and so how far back a seek can go.
const kept = 31 * 24 * time.Hour

// seekTime reads a time, or how long before now: 45m, 2h, 3d.
func seekTime(text string, now time.Time) (time.Time, error) {
	now = now.UTC()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		back, ok := parseAgo(text)
		if !ok {
			return t, fmt.Errorf("--seek %q is neither a time like %s nor a duration like 2h or 3d", text,
				now.Add(-2*time.Hour).Format(time.RFC3339))
		}
		t = now.Add(-back)
	}
	switch t = t.UTC(); {
	case t.After(now):
		return t, fmt.Errorf("--seek %s lies ahead", t.Format(time.RFC3339))
	case now.Sub(t) > kept:
		return t, fmt.Errorf("--seek: messages are kept for 31 days, since %s; process an older day with --date",
			now.Add(-kept).Format(time.RFC3339))
	}
	return t, nil
}

func parseAgo(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n > 0 && n <= 366
	}
	d, err := time.ParseDuration(text)
	return d, err == nil && d > 0
}

func (r *replay) run(ctx context.Context) (bool, error) {
	p, err := r.preview(ctx)
	if err != nil {
		return false, err
	}
	o := newOutcome()
	o.Plan = p.plan()
	if r.DryRun {
		return true, r.writePlan(o.Plan, func() { r.writePreview(r.Out, p) })
	}
	r.hold(r.why(), p.From, p.To, nil, replayHold)
	mine := func(h ledger.Hold) bool { return strings.HasPrefix(h.ID, r.name+"-") }
	if _, err := r.holder.TakeOver(ctx, p.Hold, mine, false); err != nil {
		return false, err
	}
	r.writePreview(r.Err, p)
	if p.idle() {
		for _, d := range p.blocked {
			if d.Status == plan.Waiting {
				o.Missing = append(o.Missing, r.waiting(d))
			}
		}
		if len(o.Missing) == 0 {
			fmt.Fprintln(r.Err, "There is nothing to do.")
		}
		return r.finish(o, func() {})
	}
	if err := r.confirm(ctx); err != nil {
		return false, err
	}
	if err := r.start(ctx, r.Pipeline.StartDay(), partition.NewestComplete(partition.Daily, r.now())); err != nil {
		return false, err
	}
	log, err := r.work(ctx, p)
	if r.stopped = ctx.Err() != nil; err != nil && !r.stopped {
		return false, err
	}
	last, cancel := afterwards(ctx)
	defer cancel()
	if err := r.outcome(last, p, log, o); err != nil {
		return false, err
	}
	complete, err := r.finish(o, func() { r.write(o) })
	if r.stopped {
		fmt.Fprintln(r.Err, "Stopped. Run the same command again, and it does all of it.")
	}
	return complete, err
}

// why says what the replay is for, in the ledger's records.
func (r *replay) why() string {
	switch {
	case !r.since.IsZero():
		return "a replay of the events since " + r.since.Format(time.RFC3339)
	case r.Model != "":
		return fmt.Sprintf("a replay of %s of %s", r.Model, r.Partition)
	}
	return fmt.Sprintf("a replay of %s", r.Partition)
}

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
	if p.seek {
		find = r.previewSeek
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

// blockedStatuses are those of targets that cannot run, whatever is reset or loaded again.
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
	run.bytes, err = r.Deployment.Estimate(ctx, run.Model, run.Partition)
	switch {
	case err == nil:
		run.estimated = dryRun
		return nil
	case ctx.Err() != nil:
		return err
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

// work does what was previewed. While it causes changes, everything that they can affect is held, so that
// nothing starts; then the coordinator sweeps as the owner of the hold, which runs each target once. What
// arrived meanwhile by itself was recorded and not started, so a last sweep, after the release, runs it.
func (r *replay) work(ctx context.Context, p *replayPreview) (log *runLog, err error) {
	if log, err = openRunLog(ctx, r.ledger, r.planner.TargetsWithin(p.From, p.To)); err != nil {
		return nil, err
	}
	if err := r.holder.Take(ctx, p.Hold); err != nil {
		return log, err
	}
	progress := term.NewProgress(r.Err, r.Redraw, r.now)
	defer progress.End()
	var runs *term.Line
	err = r.holder.While(ctx, func(ctx context.Context) error {
		var requests []plan.RequestPlan
		for _, s := range p.Sources {
			requests = append(requests, plan.RequestPlan{Source: s, Requests: []partition.Partition{r.Partition}})
		}
		if err := r.load(ctx, requests, -1, progress); err != nil {
			return err
		}
		if err := r.reset(ctx, p); err != nil {
			return err
		}
		if err := r.deliver(ctx, p, progress); err != nil {
			return err
		}
		if err := r.holder.ReleaseOld(ctx); err != nil {
			return err
		}
		runs = progress.Line("models", "runs", len(p.runs))
		return log.follow(ctx, runs, r.poll, func() error { return r.worker.SweepHolding(ctx, p.From, p.To, r.holder.ID()) })
	})
	last, cancel := afterwards(ctx)
	defer cancel()
	if err = errors.Join(err, r.holder.Release(last)); err != nil {
		return log, err
	}
	err = log.follow(ctx, runs, r.poll, func() error {
		return errors.Join(r.worker.Sweep(ctx, p.From, p.To), r.worker.Quiet(ctx, p.From, p.To))
	})
	runs.Finish("")
	return log, err
}

// maxResets bounds how often a reset is tried while others reset the same.
const maxResets = 5

// reset makes the fingerprints of the targets new: of all models of the partition together, or of each by itself.
func (r *replay) reset(ctx context.Context, p *replayPreview) error {
	if len(p.Reset) == 0 {
		return nil
	}
	names := []string{""}
	if r.Model != "" {
		names = nil
		for _, t := range p.Reset {
			names = append(names, t.Model.Name)
		}
	}
	for _, name := range names {
		for try := 1; ; try++ {
			v := &ledger.View{}
			if err := r.ledger.List(ctx, v, []partition.Partition{r.Partition}); err != nil {
				return err
			}
			err := r.ledger.ResetEpoch(ctx, v, r.Partition, name, r.by, r.why(), r.now())
			if err == nil {
				break
			}
			if !errors.Is(err, ledger.ErrTaken) || try == maxResets {
				return err
			}
		}
	}
	return nil
}

// deliver has the events delivered again, and waits until they are handled.
func (r *replay) deliver(ctx context.Context, p *replayPreview, progress *term.Progress) error {
	sought := false
	if p.seek {
		err := r.worker.Seek(ctx, r.since)
		if sought = err == nil; err != nil && !errors.Is(err, deployment.ErrNoSeek) {
			return err
		}
	}
	if !sought && len(p.events) > 0 {
		line := progress.Line("events", "published", len(p.events))
		for _, e := range p.events {
			if err := r.worker.Publish(ctx, e); err != nil {
				return err
			}
			line.Step()
		}
		line.Finish("")
	}
	if err := r.worker.Quiet(ctx, p.From, p.To); err != nil || !sought {
		return err
	}
	return r.settle(ctx, p)
}

// settle waits until a seek has ceased to change anything: nothing tells when the last message was delivered.
func (r *replay) settle(ctx context.Context, p *replayPreview) error {
	last, since := -1, r.now()
	for {
		var v ledger.View
		if err := r.ledger.List(ctx, &v, p.Hold); err != nil {
			return err
		}
		n := 0
		for _, q := range p.Hold {
			for _, table := range v.Tables(q) {
				n += len(v.Arrivals(table, q))
			}
		}
		now := r.now()
		if n != last {
			last, since = n, now
		}
		if now.Sub(since) >= r.calm {
			return nil
		}
		if err := sleep(ctx, r.poll); err != nil {
			return err
		}
	}
}

// outcome finds out what was done, and how everything stands.
func (r *replay) outcome(ctx context.Context, p *replayPreview, log *runLog, o *Outcome) error {
	report, err := r.reporter.Report(ctx, p.From, p.To)
	if err != nil {
		return err
	}
	runs, err := log.ended(ctx)
	if err != nil {
		return err
	}
	for _, run := range runs {
		o.Runs = append(o.Runs, endedRun(run))
		o.Queries += queriesOf(run, r.Manifest.Model(run.Model))
		for _, job := range run.Jobs {
			o.Billed += job.BytesBilled
		}
	}
	reloads := r.reloads(p)
	wanted := slices.Clone(p.Hold)
	for _, w := range reloads {
		wanted = append(wanted, w.Partition)
	}
	after := &ledger.View{}
	if err := r.ledger.List(ctx, after, wanted); err != nil {
		return err
	}
	o.Events = p.countEvents()
	r.addLoads(p, after, o)
	r.addMissing(p, report, o)
	shown := []partition.Partition{}
	if !r.Partition.IsZero() {
		shown = append(shown, r.Partition)
	}
	for _, it := range slices.Concat(o.Runs, o.Missing) {
		shown = append(shown, it.Partition)
	}
	slices.SortFunc(shown, partition.Partition.Compare)
	o.Partitions = grid(gridInput{
		pipeline: r.Pipeline, partitions: slices.Compact(shown), view: after, decisions: report.Decisions, runs: o.Runs,
		failed: func(source string, p partition.Partition) bool { return r.troubles[request{source, p}].failed },
	})
	return nil
}

// countEvents returns how many events are delivered again, as far as the ledger knows.
func (p *replayPreview) countEvents() int {
	if len(p.events) > 0 || !p.seek {
		return len(p.events)
	}
	return p.loads
}

// addLoads adds what became of each table's partition that was loaded again: of the replayed partition all, of
// the window before it those that changed.
func (r *replay) addLoads(p *replayPreview, after *ledger.View, o *Outcome) {
	for _, s := range p.Sources {
		if t, failed := r.troubles[request{s.Name, r.Partition}]; failed {
			o.Missing = append(o.Missing, Item{Source: s.Name, Partition: r.Partition, Reason: t.reason, Hint: t.hint})
			continue
		}
		for _, w := range plan.LoadedBy(s, r.Partition) {
			before, had := p.view.Newest(w.Table, w.Partition)
			now, has := after.Newest(w.Table, w.Partition)
			it := Item{Source: s.Name, Table: w.Table, Partition: w.Partition, State: Loaded}
			switch {
			case !has:
				it.State = Unobtainable
			case had && now.LoadedAt.Equal(before.LoadedAt):
				it.State = Withdrawn
			case had && now.Digest == before.Digest:
				it.State = Unchanged
			}
			if w.Partition == r.Partition || it.State == Loaded {
				o.Loads = append(o.Loads, it)
			}
		}
	}
}

// addMissing adds the models' partitions that were to run, or ran, and have no result that fits their inputs.
func (r *replay) addMissing(p *replayPreview, report *coordinator.Report, o *Outcome) {
	wanted := map[plan.TablePartition]bool{}
	for _, w := range plan.Outputs(p.Reset) {
		wanted[w] = true
	}
	for _, run := range p.runs {
		wanted[plan.TablePartition{Table: run.Model.TableName(), Partition: run.Partition}] = true
	}
	for _, it := range o.Runs {
		wanted[plan.TablePartition{Table: it.Table, Partition: it.Partition}] = true
	}
	for _, d := range report.Decisions {
		if !wanted[plan.TablePartition{Table: d.Model.TableName(), Partition: d.Partition}] {
			continue
		}
		if it, missing := unfinished(d, r.Deployment); missing {
			if d.Status == plan.Waiting {
				it = r.waiting(d)
			}
			o.Missing = append(o.Missing, it)
		}
	}
}

// waiting returns the item of a model's partition that waits, with the command that loads what it waits for.
func (r *replay) waiting(d plan.Decision) Item {
	it, _ := unfinished(d, r.Deployment)
	var raw []partition.Partition
	for _, w := range d.Missing {
		if r.Pipeline.Owner(w.Table) != nil {
			raw = append(raw, w.Partition)
		}
	}
	switch {
	case len(raw) == 0: // the model that makes the rest says it
	case !slices.ContainsFunc(raw, func(p partition.Partition) bool { return p != r.Partition }):
		flag := "--date"
		if r.Partition.Grain() == partition.Monthly {
			flag = "--month"
		}
		it.Hint = "load what it waits for: " + r.Command("replay", flag, r.Partition.String(), "--from-source")
	default:
		first, last := partition.Bounds(raw)
		it.Hint = "load what it waits for: " + r.Command("backfill", "--from", first.String(), "--to", last.String())
	}
	return it
}

// queriesOf returns how many queries a run came to: its finished jobs that are not copies, and the one that failed.
func queriesOf(run ledger.Run, m *manifest.Model) int {
	n := len(run.Jobs)
	copies := m != nil && jobs.Queries(m) == 3
	for _, job := range run.Jobs {
		if copies && strings.HasPrefix(job.ID, "publish_") {
			n--
		}
	}
	if run.State == ledger.Failed && !run.Transient {
		n++
	}
	return n
}
