package coordinator

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// state is what has been read of the ledger to decide about some targets. It does not change once gathered.
type state struct {
	view   *ledger.View
	newest map[ledger.Log]ledger.Run // of the targets whose inputs are all present
}

// loadState reads what has to be known about the targets that find names: it lists until neither find nor the roll of any
// target lacks anything, and reads the newest record of those whose inputs are all present.
func (c *Coordinator) loadState(ctx context.Context, find func(*state) ([]plan.Target, []partition.Partition)) (*state, []plan.Target, error) {
	s := &state{view: &ledger.View{}, newest: map[ledger.Log]ledger.Run{}}
	s.view.IgnoreHold(c.ownHold)
	var targets []plan.Target
	err := c.ledger.ListUntil(ctx, s.view, func() (unlisted []partition.Partition) {
		targets, unlisted = find(s)
		for _, t := range targets {
			unlisted = append(unlisted, c.planner.Call(t, s.view).Unlisted...)
		}
		return unlisted
	})
	if err != nil {
		return nil, nil, err
	}
	return s, targets, c.readNewest(ctx, s, targets)
}

func (c *Coordinator) readNewest(ctx context.Context, s *state, targets []plan.Target) error {
	logs := map[ledger.Log]bool{}
	for _, t := range targets {
		log := ledger.LogOf(t.Model, t.Partition)
		if logs[log] || len(c.planner.Call(t, s.view).Missing) > 0 {
			continue
		}
		logs[log] = true
		if t.Model.Materialized == manifest.Table {
			if err := c.ledger.ListLog(ctx, s.view, log); err != nil {
				return err
			}
		}
	}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2 * c.limits.Parallel)
	for log := range logs {
		seq := s.view.Seq(log)
		if seq == 0 {
			continue
		}
		group.Go(func() error {
			run, err := c.ledger.ReadRun(ctx, log, seq)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.newest[log] = run
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, run := range s.newest {
		s.view.AddRun(run)
	}
	return nil
}

// reloadTarget reads the ledger anew for one target.
func (c *Coordinator) reloadTarget(ctx context.Context, t plan.Target) (*state, error) {
	s, _, err := c.loadState(ctx, func(*state) ([]plan.Target, []partition.Partition) { return []plan.Target{t}, nil })
	return s, err
}
