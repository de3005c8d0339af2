package coordinator

import (
	"context"
	"fmt"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// state holds what decisions about some targets are made from. It does not change once loaded.
type state struct {
	view   *ledger.View
	rolls  map[plan.Target]plan.Roll
	newest map[ledger.Log]*ledger.Run // of the targets whose inputs are all present; nil if there is no run
}

// finder returns targets, and the partitions to list before it can return all of them.
type finder func(*ledger.View) (targets []plan.Target, unlisted []partition.Partition)

// exactly returns a finder of targets that are known.
func exactly(targets ...plan.Target) finder {
	return func(*ledger.View) ([]plan.Target, []partition.Partition) { return targets, nil }
}

// loadState lists partitions until find, and every target that it returns, is fully resolved. Then it calls
// the roll of each target, and reads the newest run of those whose inputs are all present.
func (c *Coordinator) loadState(ctx context.Context, find finder) (*state, []plan.Target, error) {
	s := &state{view: &ledger.View{}, rolls: map[plan.Target]plan.Roll{}, newest: map[ledger.Log]*ledger.Run{}}
	s.view.IgnoreHold(c.ownHold)
	var targets []plan.Target
	err := c.ledger.ListUntil(ctx, s.view, func() (unlisted []partition.Partition) {
		targets, unlisted = find(s.view)
		for _, t := range targets {
			unlisted = append(unlisted, c.planner.Unlisted(t, s.view)...)
		}
		return unlisted
	})
	if err != nil {
		return nil, nil, err
	}
	// The roll is called once, unless a run's record proves arrivals that the listing did not show yet.
	for more := true; more; {
		for _, t := range targets {
			s.rolls[t] = c.planner.Call(t, s.view)
		}
		if more, err = c.readNewest(ctx, s, targets); err != nil {
			return nil, nil, err
		}
	}
	return s, targets, nil
}

// readNewest reads the newest run of each target whose inputs are all present, unless it was read before.
// It adds what the runs were made from to the view, and reports whether any of it was new there.
func (c *Coordinator) readNewest(ctx context.Context, s *state, targets []plan.Target) (more bool, err error) {
	var logs []ledger.Log
	for _, t := range targets {
		log := ledger.LogOf(t.Model, t.Partition)
		if _, known := s.newest[log]; known || len(s.rolls[t].Missing) > 0 {
			continue
		}
		s.newest[log] = nil
		if t.Model.Materialized == manifest.Table {
			if err := c.ledger.ListLog(ctx, s.view, log); err != nil {
				return false, err
			}
		}
		if s.view.Seq(log) > 0 {
			logs = append(logs, log)
		}
	}
	read := func(ctx context.Context, i int) (ledger.Run, error) {
		return c.ledger.ReadRun(ctx, logs[i], s.view.Seq(logs[i]))
	}
	runs, err := concurrent.Map(ctx, 2*c.limits.Parallel, len(logs), read)
	if err != nil {
		return false, err
	}
	for i, log := range logs {
		s.newest[log] = &runs[i]
		more = s.view.AddRun(runs[i]) || more
	}
	return more, nil
}

// Report holds the state of the pipeline.
type Report struct {
	View      *ledger.View    // what has arrived
	Decisions []plan.Decision // one for each target: models in dependency order, each with its partitions in order
}

// Report returns the state of every target that contains a day in a range, both ends included. It changes
// nothing.
func (c *Coordinator) Report(ctx context.Context, from, to partition.Partition) (*Report, error) {
	targets, err := c.targetsIn(from, to)
	if err != nil {
		return nil, err
	}
	return c.report(ctx, targets)
}

// report returns the state of targets.
func (c *Coordinator) report(ctx context.Context, targets []plan.Target) (*Report, error) {
	s, _, err := c.loadState(ctx, exactly(targets...))
	if err != nil {
		return nil, err
	}
	report := &Report{View: s.view}
	for _, t := range targets {
		newest := s.newest[ledger.LogOf(t.Model, t.Partition)]
		report.Decisions = append(report.Decisions, c.decide(s, t, newest, ""))
	}
	return report, nil
}

// targetsIn returns the targets that contain a day in a range.
func (c *Coordinator) targetsIn(from, to partition.Partition) ([]plan.Target, error) {
	if from.Grain() != partition.Daily || to.Grain() != partition.Daily || to.Compare(from) < 0 {
		return nil, fmt.Errorf("days %s to %s: want two days like 2026-11-21, the second not before the first", from, to)
	}
	return c.planner.TargetsWithin(from, to), nil
}
