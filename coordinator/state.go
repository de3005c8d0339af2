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
	newest map[ledger.Log]*ledger.Run // of the targets whose inputs are all present; nil if there is no run
	tables tables                     // of models, under the coordinator's own hold; asked for after the ledger was read
}

// supersedes reports whether a whole table does not need a target. The table's log must have been read.
func (s *state) supersedes(t plan.Target) bool {
	return plan.Supersedes(s.newest[ledger.LogOf(t.Model, t.Partition)], t)
}

// finder returns targets, and the partitions to list before it can return all of them.
type finder func(*ledger.View) (targets []plan.Target, unlisted []partition.Partition)

// exactly returns a finder of targets that are known.
func exactly(targets ...plan.Target) finder {
	return func(*ledger.View) ([]plan.Target, []partition.Partition) { return targets, nil }
}

// loadState lists partitions until find, and every target that it returns, is fully resolved, and reads the newest run of
// those whose inputs are all present. The log of a whole table is read first: nothing more is listed for the targets that
// it supersedes.
func (c *Coordinator) loadState(ctx context.Context, find finder) (*state, []plan.Target, error) {
	s := &state{view: &ledger.View{}, newest: map[ledger.Log]*ledger.Run{}}
	s.view.IgnoreHold(c.ownHold)
	var targets []plan.Target
	resolve := func(wanted func(plan.Target) bool) func() []partition.Partition {
		return func() (unlisted []partition.Partition) {
			targets, unlisted = find(s.view)
			for _, t := range targets {
				if wanted(t) {
					unlisted = append(unlisted, c.planner.Unlisted(t, s.view)...)
				}
			}
			return unlisted
		}
	}
	err := c.ledger.ListUntil(ctx, s.view, resolve(func(t plan.Target) bool { return !isTable(t) }))
	if err == nil {
		err = c.readTables(ctx, s, targets)
	}
	if err == nil {
		err = c.ledger.ListUntil(ctx, s.view, resolve(func(t plan.Target) bool { return !s.supersedes(t) }))
	}
	if err != nil {
		return nil, nil, err
	}
	for _, run := range s.newest {
		if run != nil {
			s.view.AddRun(*run)
		}
	}
	// A run's record may prove arrivals that the listing did not show yet, so that more targets are complete.
	for more := true; more; {
		if more, err = c.readNewest(ctx, s, targets); err != nil {
			return nil, nil, err
		}
	}
	if c.ownHold != "" {
		s.tables, err = c.listTables(ctx, "mart")
	}
	return s, targets, err
}

func isTable(t plan.Target) bool { return t.Model.Materialized == manifest.Table }

// readTables reads the newest run of each whole table among targets.
func (c *Coordinator) readTables(ctx context.Context, s *state, targets []plan.Target) error {
	for _, t := range targets {
		log := ledger.LogOf(t.Model, t.Partition)
		if _, known := s.newest[log]; known || !isTable(t) {
			continue
		}
		if err := c.ledger.ListLog(ctx, s.view, log); err != nil {
			return err
		}
		s.newest[log] = nil
		if seq := s.view.Seq(log); seq > 0 {
			run, err := c.ledger.ReadRun(ctx, log, seq)
			if err != nil {
				return err
			}
			s.newest[log] = &run
		}
	}
	return nil
}

// readNewest reads the newest run of each target whose inputs are all present, unless it was read before.
// It adds what the runs were made from to the view, and reports whether any of it was new there.
func (c *Coordinator) readNewest(ctx context.Context, s *state, targets []plan.Target) (more bool, err error) {
	var logs []ledger.Log
	for _, t := range targets {
		log := ledger.LogOf(t.Model, t.Partition)
		if _, known := s.newest[log]; known || len(c.planner.Call(t, s.view).Missing) > 0 {
			continue
		}
		s.newest[log] = nil
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

// report returns the state of targets. What is gone is what the newest look at the warehouse has found.
func (c *Coordinator) report(ctx context.Context, targets []plan.Target) (*Report, error) {
	gone, err := c.ReadGone(ctx)
	if err != nil {
		return nil, err
	}
	s, _, err := c.loadState(ctx, exactly(targets...))
	if err != nil {
		return nil, err
	}
	report := &Report{View: s.view}
	for _, t := range targets {
		newest := s.newest[ledger.LogOf(t.Model, t.Partition)]
		report.Decisions = append(report.Decisions, c.unlessGone(c.decide(s, t, newest, ""), s.view, gone.Covers))
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
