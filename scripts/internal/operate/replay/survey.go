package replay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	jobs "example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// survey is a course with how everything in it stands.
type survey struct {
	course
	view   *ledger.View // as it stood then
	Events []event.Event
	Run    []prospect      // of Reset, and whatever else is ready
	Left   []plan.Decision // of Reset: those that cannot run, and why
	since  int             // events since the time of a seek, as far as the ledger knows
	keeps  bool            // messages are kept here, and can be sought back to
	seqs   map[ledger.Log]int
}

// prospect is a model's partition that is going to run.
type prospect struct {
	plan.Decision
	Inputs    []ledger.Arrival
	Queries   int
	Bytes     int64
	Estimated estimated
	noDryRun  error // why there was none where there could be
}

// estimated says where a number of bytes comes from.
type estimated string

const (
	dryRun  estimated = "dry_run"  // what the query would read now, at most
	lastRun estimated = "last_run" // what the last run was billed
	unknown estimated = "unknown"
	nothing estimated = "nothing" // is billed by bytes here
)

// chart is of the place.
func (r *replay) chart() (chart, error) {
	planner, err := plan.New(r.Manifest, r.Pipeline)
	return chart{planner, r.Pipeline, r.sys.now()}, err
}

// survey finds the course, and how everything in it stands. It changes nothing.
func (r *replay) survey(ctx context.Context) (s survey, err error) {
	c, err := r.chart()
	if err != nil {
		return s, err
	}
	s.view = &ledger.View{}
	if r.Way == bySeek {
		err = r.surveySince(ctx, c, &s)
	} else {
		err = r.surveyDate(ctx, c, &s)
	}
	if err != nil {
		return s, err
	}
	if len(s.Hold) == 0 {
		return s, nil
	}
	if err := r.ledger.List(ctx, s.view, s.Hold); err != nil {
		return s, err
	}
	return s, r.surveyTargets(ctx, c, &s)
}

// find lists until a course lacks nothing.
func (r *replay) find(ctx context.Context, v *ledger.View, course func() (course, []partition.Partition)) (course, error) {
	for {
		k, lacks := course()
		if len(lacks) == 0 {
			return k, nil
		}
		if err := r.ledger.List(ctx, v, lacks); err != nil {
			return k, err
		}
	}
}

func (r *replay) surveyDate(ctx context.Context, c chart, s *survey) (err error) {
	if s.course, err = r.find(ctx, s.view, func() (course, []partition.Partition) { return c.again(r.request, s.view) }); err != nil {
		return err
	}
	if err := r.ledger.List(ctx, s.view, partitionsOf(s.reloads(r.Date))); err != nil {
		return err
	}
	var newest []ledger.Arrival
	for _, w := range s.Told {
		if a, ok := s.view.Newest(w.Table, w.Partition); ok {
			newest = append(newest, a)
		}
	}
	received, err := r.ledger.Events(ctx, newest)
	for _, e := range received {
		e.Event.Tables = slices.DeleteFunc(e.Event.Tables, func(t event.Table) bool {
			return !slices.ContainsFunc(newest, func(a ledger.Arrival) bool { return a.Table == t.Table && a.LoadID == e.Event.LoadID })
		})
		s.Events = append(s.Events, e.Event)
	}
	return err
}

// surveySince finds the arrivals since a time. Of a place that keeps its messages their names are enough; elsewhere the
// events are read, to be published again.
func (r *replay) surveySince(ctx context.Context, c chart, s *survey) (err error) {
	first, last := r.Pipeline.StartDay(), partition.Day(r.sys.now())
	wanted := slices.Concat(slices.Collect(partition.Range(first, last)), slices.Collect(partition.Range(first.Month(), last.Month())))
	if err := r.ledger.List(ctx, s.view, wanted); err != nil {
		return err
	}
	var arrivals []ledger.Arrival
	for _, p := range wanted {
		for _, table := range s.view.Tables(p) {
			for _, a := range s.view.Arrivals(table, p) {
				if r.alone || !a.LoadedAt.Before(r.Since) { // an event may have been received long after the load
					arrivals = append(arrivals, a)
				}
			}
		}
	}
	if r.alone {
		received, err := r.ledger.Events(ctx, arrivals)
		if err != nil {
			return err
		}
		known := map[string]bool{}
		for _, e := range received {
			if !e.ReceivedAt.Before(r.Since) {
				s.Events = append(s.Events, e.Event)
				known[e.Event.Partition.String()+e.Event.LoadID] = true
			}
		}
		arrivals = slices.DeleteFunc(arrivals, func(a ledger.Arrival) bool { return !known[a.Partition.String()+a.LoadID] })
	}
	s.keeps = !r.alone
	loads := map[string]bool{}
	for _, a := range arrivals {
		loads[a.Partition.String()+" "+a.LoadID] = true
	}
	s.since = len(loads)
	s.course, err = r.find(ctx, s.view, func() (course, []partition.Partition) { return c.since(r.Since, arrivals, s.view) })
	return err
}

// idleStatuses are those of targets that cannot run, whatever is reset or restated.
var idleStatuses = []plan.Status{plan.Waiting, plan.NotExpected, plan.Superseded}

// surveyTargets finds which of the targets run, what each reads, and what that costs.
func (r *replay) surveyTargets(ctx context.Context, c chart, s *survey) error {
	report, err := r.reporter.Report(ctx, s.From, s.To)
	if err != nil {
		return err
	}
	if s.seqs, err = r.newestRecords(ctx, s.course); err != nil {
		return err
	}
	for _, d := range report.Decisions {
		mine := slices.Contains(s.Reset, d.Target)
		if slices.Contains(idleStatuses, d.Status) {
			if mine {
				s.Left = append(s.Left, d)
			}
			continue
		}
		if !mine && d.Status != plan.Ready {
			continue
		}
		p := prospect{Decision: d, Inputs: c.planner.Call(d.Target, report.View).Present, Queries: jobs.Queries(d.Model)}
		if err := r.estimate(ctx, &p); err != nil {
			return err
		}
		s.Run = append(s.Run, p)
	}
	if r.Way == bySeek { // of what the events tell, all is known; what comes of the runs is not
		var ready []plan.Target
		for _, p := range s.Run {
			ready = append(ready, p.Target)
		}
		k, err := r.find(ctx, s.view, func() (course, []partition.Partition) { return c.complete(course{}, outputs(ready), s.view) })
		if err != nil {
			return err
		}
		s.May = k.May
	}
	s.May = slices.DeleteFunc(s.May, func(t plan.Target) bool {
		return slices.ContainsFunc(s.Run, func(p prospect) bool { return p.Target == t }) || slices.ContainsFunc(report.Decisions, func(d plan.Decision) bool {
			return d.Target == t && slices.Contains(idleStatuses, d.Status)
		})
	})
	return nil
}

// estimate finds how many bytes a prospect's query would read: by a dry run, or else as its last run was billed.
func (r *replay) estimate(ctx context.Context, p *prospect) (err error) {
	p.Bytes, err = r.Estimate(ctx, p.Model, p.Partition)
	switch {
	case err == nil:
		p.Estimated = dryRun
		return nil
	case errors.Is(err, deployment.ErrNoEstimate):
		p.Estimated = nothing
		return nil
	case ctx.Err() != nil:
		return err
	}
	p.Bytes, p.Estimated, p.noDryRun = 0, unknown, err
	if p.Newest != nil && len(p.Newest.Jobs) > 0 {
		p.Estimated = lastRun
		for _, job := range p.Newest.Jobs {
			p.Bytes += job.BytesBilled
		}
	}
	return nil
}

// refuse says who else is at work on what a replay would hold, and what to do about it.
func (r *replay) refuse(ctx context.Context, s survey) error {
	holds, err := r.ledger.Holds(ctx, s.view)
	if err != nil {
		return err
	}
	var faults []error
	for _, h := range holds {
		if !h.Until.After(r.sys.now()) {
			continue
		}
		if r.alone && strings.HasPrefix(h.ID, idPrefix) { // of a replay that was killed: the folder is ours alone now
			if err := r.ledger.Release(ctx, h.ID, s.Hold, r.sys.now()); err != nil {
				return err
			}
			continue
		}
		faults = append(faults, fmt.Errorf("%s to %s are held until %s by %s (%s, since %s); wait until then, or let that come to its end",
			h.From, h.To, h.Until.Format("2006-01-02 15:04 UTC"), h.By, h.Why, h.Begun.UTC().Format("15:04")))
	}
	return errors.Join(faults...)
}
