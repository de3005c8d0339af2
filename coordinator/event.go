package coordinator

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// UnusableError says that an event can never be used by this pipeline.
type UnusableError struct{ Reason string }

func (e *UnusableError) Error() string { return e.Reason }

// Handle records the arrivals that an event reports, and brings every target that they may affect up to
// date. It may be called any number of times with the same event. It returns an *UnusableError before it
// records anything, ErrBusy while work is under way, and any other error for a fault; after those two,
// deliver the event again.
func (c *Coordinator) Handle(ctx context.Context, e event.Event) error {
	if e.Type == event.Overdue {
		return nil // the sweep published it, for others
	}
	if err := c.checkEvent(e); err != nil {
		return err
	}
	if err := c.ledger.RecordArrivals(ctx, e, c.Now()); err != nil {
		return err
	}
	tables := make([]string, len(e.Tables))
	for i, t := range e.Tables {
		tables[i] = t.Table
	}
	s, targets, err := c.loadState(ctx, func(v *ledger.View) ([]plan.Target, []partition.Partition) {
		return c.planner.Affected(tables, e.Partition, v, c.Now())
	})
	if err != nil {
		return err
	}
	_, err = c.reconcileAll(ctx, targets, s)
	return err
}

// CheckMessage returns an *UnusableError if a message with this data can never be used, else nil.
func (c *Coordinator) CheckMessage(data []byte) error {
	e, err := event.Decode(data)
	if err != nil {
		return &UnusableError{err.Error()}
	}
	return c.checkEvent(e)
}

// maxAhead is how far the clock of a publisher, or of its warehouse, may be ahead of this one.
const maxAhead = time.Hour

// checkEvent returns an *UnusableError if an event's tables are not those that its source has in this pipeline, or if
// the event is about something that cannot have happened yet. A loaded_at in the future would count as the newest
// version of its table until then, whatever is loaded meanwhile.
func (c *Coordinator) checkEvent(e event.Event) error {
	unusable := func(format string, args ...any) error {
		return &UnusableError{fmt.Sprintf("%s event of %s for %s: ", e.Type, e.Source, e.Partition) +
			fmt.Sprintf(format, args...)}
	}
	var grain partition.Grain
	var tables []string
	if e.Type == event.Materialized {
		m := c.Manifest.Model(e.Source)
		if m == nil {
			return unusable("no model has this name; deploy the coordinator that has it, or stop its publisher")
		}
		grain, tables = m.Grain, []string{m.TableName()}
	} else {
		s := c.Pipeline.Sources[e.Source]
		if s == nil {
			return unusable("pipeline.yaml has no such source, only %v; add it and deploy, or stop its publisher",
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
	return c.checkTimes(e, unusable)
}

// checkTimes checks an event by the clock. A model's partition may be published before it has ended, as when it reads
// only the latest partition of a table; a source's may not, unless a person has accepted it.
func (c *Coordinator) checkTimes(e event.Event, unusable func(format string, args ...any) error) error {
	now := c.Now().UTC()
	latest := now.Add(maxAhead)
	const fix = "set the clock that is wrong; if it is the publisher's, have it load and publish again"
	for _, t := range e.Tables {
		if t.LoadedAt.After(latest) {
			return unusable("table %s was loaded at %s, but it is %s; %s", t.Table, t.LoadedAt.Format(time.RFC3339),
				now.Format(time.RFC3339), fix)
		}
	}
	switch {
	case e.Partition.Start().After(latest):
		return unusable("its partition has not begun, it is %s; %s", now.Format(time.RFC3339), fix)
	case e.Type == event.Loaded && e.Accepted == nil && e.Partition.End().After(latest):
		return unusable("its partition has not ended, it is %s; load it again after its end", now.Format(time.RFC3339))
	}
	return nil
}
