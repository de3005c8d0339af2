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
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// ReplayOptions say what to process again: the models of a day or a month, the events since a time, what is gone, or dead
// letters.
type ReplayOptions struct {
	Place
	Confirmation
	Date        string   // a day
	Month       string   // a month, without its days
	Model       string   // with Date or Month: this model, and what is made from it for the same partition
	FromSource  bool     // with Date or Month: the sources load it again first
	Seek        string   // a time in RFC 3339, or how long ago: "2h", "3d"
	Gone        bool     // what models have published and the warehouse has lost
	Deadletters bool     // dead letters and files in quarantine
	ID          []string // with Deadletters: these alone
}

// replayHold is how long a replay's hold lasts when it is not renewed: how long models wait for a replay that
// was killed.
const replayHold = 10 * time.Minute

// replay is one run of the command by date, by seek or of what is gone.
type replay struct {
	*command
	plan.ReplayRequest
	since    time.Time // of a seek; zero: by date
	gone     bool      // what is gone, of every partition
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
	}{
		{"--date", o.Date != ""}, {"--month", o.Month != ""}, {"--seek", o.Seek != ""}, {"--gone", o.Gone},
		{"--deadletters", o.Deadletters},
	} {
		if way.given {
			ways = append(ways, way.flag)
		}
	}
	switch len(ways) {
	case 0:
		faults = append(faults,
			errors.New("nothing says what to process again; pass --date, --month, --seek, --gone or --deadletters"))
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
	if r.gone = o.Gone; r.gone {
		return nil
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
			r.Err.Say("There is nothing to do.")
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
		r.Err.Say("Stopped. Run the same command again, and it does all of it.")
	}
	return complete, err
}

// why says what the replay is for, in the ledger's records.
func (r *replay) why() string {
	switch {
	case !r.since.IsZero():
		return "a replay of the events since " + r.since.Format(time.RFC3339)
	case r.gone:
		return "a replay of what is gone"
	case r.Model != "":
		return fmt.Sprintf("a replay of %s of %s", r.Model, r.Partition)
	}
	return fmt.Sprintf("a replay of %s", r.Partition)
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

// reset makes the fingerprints of the targets new: of all models of the partition together, or of each by itself. What is
// gone runs again with the fingerprint that it has.
func (r *replay) reset(ctx context.Context, p *replayPreview) error {
	if len(p.Reset) == 0 || r.gone {
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
