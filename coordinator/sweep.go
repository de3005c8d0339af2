package coordinator

import (
	"context"
	"fmt"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// Sweep takes a turn for every model's partition that holds a day from one to another, both included, or that reads one that
// does, as if everything in them had just arrived: after models were changed, after a reset or the release of a hold, or where
// events were lost. Like an event, it is to be repeated while it returns ErrBusy or trouble that may mend.
func (c *Coordinator) Sweep(ctx context.Context, from, to partition.Partition) error {
	_, err := c.move(ctx, from, to)
	return err
}

// move is Sweep, and says what was published.
func (c *Coordinator) move(ctx context.Context, from, to partition.Partition) ([]plan.Target, error) {
	targets, err := c.targets(from, to)
	if err != nil {
		return nil, err
	}
	s, targets, err := c.loadState(ctx, func(s *state) ([]plan.Target, []partition.Partition) {
		readers, lacks := c.readers(from, to, s.view)
		return union(targets, readers), lacks
	})
	if err != nil {
		return nil, err
	}
	return c.reconcileAll(ctx, targets, s)
}

// SweepHolding is Sweep for the one who has put a hold on those partitions. The hold keeps out everybody else, so nothing
// else starts there; this sweep runs what is to run in dependency order: what a model publishes has arrived before those that
// read it take their turn. So each target there runs once, however many of its inputs change, in that many partitions. What
// reads them from outside takes its turn, too; an event may make it run again.
//
// It is to be repeated while it returns ErrBusy or trouble that may mend. Release the hold afterwards, and sweep once more for
// what arrived meanwhile.
func (c *Coordinator) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	return c.withHold(hold).Sweep(ctx, from, to)
}

// withHold is c for the one who holds.
func (c *Coordinator) withHold(hold string) *Coordinator {
	holder := *c
	holder.ownHold = hold
	return &holder
}

// readers are the targets that read a partition with a day from one to another, up to now; and what has to be listed before all
// of them are known.
func (c *Coordinator) readers(from, to partition.Partition, v *ledger.View) (targets []plan.Target, lacks []partition.Partition) {
	for _, grain := range []partition.Grain{partition.Daily, partition.Monthly} {
		var tables []string
		for _, source := range c.Pipeline.SortedSources() {
			if source.Cadence == grain {
				tables = append(tables, source.SortedTables()...)
			}
		}
		for _, m := range c.Manifest.Models {
			if m.Grain == grain {
				tables = append(tables, m.TableName())
			}
		}
		for p := range partition.Range(partition.Of(grain, from.Start()), partition.Of(grain, to.Start())) {
			affected, lacking := c.planner.Affected(tables, p, v, c.Now())
			targets, lacks = append(targets, affected...), append(lacks, lacking...)
		}
	}
	return targets, lacks
}

// union is a list of targets, each once.
func union(lists ...[]plan.Target) (all []plan.Target) {
	have := map[plan.Target]bool{}
	for _, t := range slices.Concat(lists...) {
		if !have[t] {
			have[t] = true
			all = append(all, t)
		}
	}
	return all
}

// Report is how the pipeline stands.
type Report struct {
	View      *ledger.View    // what has arrived
	Decisions []plan.Decision // of every model's partition: models in dependency order, each with its partitions in order
}

// Report tells how every model's partition stands that holds a day from one to another, both included. It changes nothing.
func (c *Coordinator) Report(ctx context.Context, from, to partition.Partition) (*Report, error) {
	targets, err := c.targets(from, to)
	if err != nil {
		return nil, err
	}
	return c.report(ctx, targets)
}

// report decides about targets, without doing anything.
func (c *Coordinator) report(ctx context.Context, targets []plan.Target) (*Report, error) {
	s, _, err := c.loadState(ctx, all(targets))
	if err != nil {
		return nil, err
	}
	report := &Report{View: s.view}
	for _, target := range targets {
		t := &reconciler{Coordinator: c, Target: target, log: ledger.LogOf(target.Model, target.Partition)}
		t.setState(s)
		report.Decisions = append(report.Decisions, t.decide())
	}
	return report, nil
}

func all(targets []plan.Target) func(*state) ([]plan.Target, []partition.Partition) {
	return func(*state) ([]plan.Target, []partition.Partition) { return targets, nil }
}

// targets are the models' partitions that hold a day from one to another.
func (c *Coordinator) targets(from, to partition.Partition) ([]plan.Target, error) {
	if from.Grain() != partition.Daily || to.Grain() != partition.Daily || to.Compare(from) < 0 {
		return nil, fmt.Errorf("days %s to %s: want two days like 2026-11-21, the second not before the first", from, to)
	}
	return c.planner.TargetsWithin(from, to), nil
}
