package coordinator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// UnusableError says that an event can never be of use to this pipeline.
type UnusableError struct{ Reason string }

func (e *UnusableError) Error() string { return e.Reason }

// Handle records the arrivals that an event tells of, and takes a turn for every model's partition that they may affect.
// It may be called any number of times with the same event. Errors: *UnusableError before anything is recorded; ErrBusy, or
// any other, when the event has to be delivered again.
func (c *Coordinator) Handle(ctx context.Context, e event.Event) error {
	if e.Type == event.Overdue {
		return nil // for others; the sweep published it
	}
	if err := c.owns(e); err != nil {
		return err
	}
	if err := c.ledger.RecordArrivals(ctx, e, c.Now()); err != nil {
		return err
	}
	tables := make([]string, len(e.Tables))
	for i, t := range e.Tables {
		tables[i] = t.Table
	}
	s, targets, err := c.loadState(ctx, func(s *state) ([]plan.Target, []partition.Partition) {
		return c.planner.Affected(tables, e.Partition, s.view, c.Now())
	})
	if err != nil {
		return err
	}
	_, err = c.reconcileAll(ctx, targets, s)
	return err
}

// Usable reports why a message with this data can never be of use here, as an *UnusableError; nil when it can.
func (c *Coordinator) Usable(data []byte) error {
	e, err := event.Decode(data)
	if err != nil {
		return &UnusableError{err.Error()}
	}
	return c.owns(e)
}

// owns reports why an event's tables are not what its source has in this pipeline.
func (c *Coordinator) owns(e event.Event) error {
	unusable := func(format string, args ...any) error {
		return &UnusableError{fmt.Sprintf("%s event of %s for %s: ", e.Type, e.Source, e.Partition) + fmt.Sprintf(format, args...)}
	}
	var grain partition.Grain
	var tables []string
	if e.Type == event.Materialized {
		m := c.Manifest.Model(e.Source)
		if m == nil {
			return unusable("no model has this name; deploy the coordinator that has it, or stop who publishes it")
		}
		grain, tables = m.Grain, []string{m.TableName()}
	} else {
		s := c.Pipeline.Sources[e.Source]
		if s == nil {
			return unusable("pipeline.yaml has no such source, only %v; add it and deploy, or stop who publishes it",
				slices.Sorted(maps.Keys(c.Pipeline.Sources)))
		}
		grain, tables = s.Cadence, s.SortedTables()
	}
	if e.Partition.Grain() != grain {
		return unusable("its partitions are %s", grain)
	}
	for _, t := range e.Tables {
		if !slices.Contains(tables, t.Table) {
			return unusable("table %s is not one of its tables %v; add it to pipeline.yaml and deploy", t.Table, tables)
		}
	}
	return nil
}

// reconcileAll takes a turn for every target, those at the same depth at once, the shallow first. A target that reads what has
// just been announced, or is still to come, is left to the event that will tell of it: it would only run twice. (One that
// by latest would read it, were there nothing newer, takes its turn: no event would come to it.) For the one who holds, what
// is announced has arrived at once, and those that read it take their turn when all of smaller depth have had theirs. It gives
// those that were announced.
func (c *Coordinator) reconcileAll(ctx context.Context, targets []plan.Target, s *state) (moved []plan.Target, err error) {
	var mu sync.Mutex
	var errs []error
	coming := map[plan.TablePartition]bool{}
	for depth := 0; len(targets) > 0; depth++ {
		if c.ownHold != "" && depth > 0 {
			if s, _, err = c.loadState(ctx, all(targets)); err != nil {
				return moved, errors.Join(append(errs, err)...)
			}
		}
		ahead := maps.Clone(coming) // of smaller depth: all that these can read
		var group errgroup.Group
		group.SetLimit(c.limits.Parallel)
		targets = slices.DeleteFunc(targets, func(t plan.Target) bool {
			if c.planner.Depth(t.Model) > depth {
				return false
			}
			if c.planner.Reads(t, ahead, s.view) {
				return true
			}
			group.Go(func() error {
				announced, err := c.reconcile(ctx, t, s)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					errs = append(errs, fmt.Errorf("%s: %w", t, err))
				}
				if announced {
					moved = append(moved, t)
				}
				if announced && c.ownHold == "" || err != nil {
					coming[plan.TablePartition{Table: t.Model.TableName(), Partition: t.Partition}] = true
				}
				return nil
			})
			return true
		})
		if err := group.Wait(); err != nil {
			return moved, err
		}
	}
	return moved, gravest(errs)
}

// gravest is all the errors when any is more than work under way, and else ErrBusy with what it is.
func gravest(errs []error) error {
	var grave []error
	for _, err := range errs {
		if err != nil && !errors.Is(err, ErrBusy) {
			grave = append(grave, err)
		}
	}
	if len(grave) > 0 {
		return errors.Join(grave...)
	}
	return errors.Join(errs...)
}
