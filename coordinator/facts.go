package coordinator

import (
	"context"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

const (
	// factReads bounds the objects of the ledger that are read at once.
	factReads = 16
	// factRecords bounds the records that are read of one log; the newest are read.
	factRecords = 200
)

// ReadFacts reads from the ledger what package explain needs for an overview of partitions. It changes nothing.
func (c *Coordinator) ReadFacts(ctx context.Context, partitions []partition.Partition) (*explain.Facts, error) {
	f := &explain.Facts{
		Pipeline: c.Pipeline, Manifest: c.Manifest, Now: c.Now(), View: &ledger.View{},
		Overdue: map[explain.SourcePartition]ledger.Overdue{}, Holds: map[string]ledger.Hold{},
		Failures: map[explain.SourcePartition]stage.Failure{}, Accepted: map[string]event.Acceptance{},
		Arrivals: map[plan.TablePartition]ledger.ArrivalRecord{}, Runs: map[plan.TablePartition][]ledger.Run{},
		Truncated: map[plan.TablePartition]bool{}, Resets: map[plan.TablePartition][]ledger.Reset{},
	}
	if err := c.ledger.List(ctx, f.View, partitions); err != nil {
		return nil, err
	}
	var err error
	if f.Gone, err = c.ReadGone(ctx); err != nil {
		return nil, err
	}
	if err := c.readSources(ctx, f, partitions); err != nil {
		return nil, err
	}
	if err := c.readDecisions(ctx, f, partitions); err != nil {
		return nil, err
	}
	holds, err := c.ledger.Holds(ctx, f.View)
	for _, h := range holds {
		f.Holds[h.ID] = h
	}
	return f, err
}

// ReadDetail adds to the facts of a partition what package explain needs to show it in full: what its models
// wait for, the records of their runs, their resets, and the records of arrivals. With models, it reads the
// runs of those only.
func (c *Coordinator) ReadDetail(ctx context.Context, f *explain.Facts, p partition.Partition,
	models ...*manifest.Model) error {
	if models == nil {
		models = c.Manifest.Models
	}
	if err := c.readMissing(ctx, f); err != nil {
		return err
	}
	for _, m := range models {
		if m.Grain != p.Grain() {
			continue
		}
		if err := c.readRuns(ctx, f, m, p); err != nil {
			return err
		}
	}
	for _, s := range c.Pipeline.SortedSources() {
		for _, table := range s.SortedTables() {
			a, ok := f.View.Newest(table, p)
			if !ok {
				continue
			}
			record, err := c.ledger.ReadArrival(ctx, a)
			if err != nil {
				return err
			}
			f.Arrivals[plan.TablePartition{Table: table, Partition: p}] = record
		}
	}
	return nil
}

// readSources reads what is known of the sources' partitions besides their arrivals. They must be listed.
func (c *Coordinator) readSources(ctx context.Context, f *explain.Facts, partitions []partition.Partition) error {
	if err := c.readOverdue(ctx, f, partitions); err != nil {
		return err
	}
	for _, s := range c.Pipeline.SortedSources() {
		own := slices.DeleteFunc(slices.Clone(partitions), func(p partition.Partition) bool { return p.Grain() != s.Cadence })
		if len(own) == 0 || c.Staging == nil {
			continue
		}
		slices.SortFunc(own, partition.Partition.Compare)
		attempts, err := c.Staging.Attempts(ctx, s.Name, own[0], own[len(own)-1])
		if err != nil {
			return err
		}
		failures, err := c.readFailures(ctx, f.View, s, attempts)
		if err != nil {
			return err
		}
		for p, failure := range failures {
			f.Failures[explain.SourcePartition{Source: s.Name, Partition: p}] = failure
		}
	}
	return c.readAccepted(ctx, f, partitions)
}

// readAccepted reads who accepted the loads that were refused first: one record for each load.
func (c *Coordinator) readAccepted(ctx context.Context, f *explain.Facts, partitions []partition.Partition) error {
	var list []ledger.Arrival
	known := map[string]bool{}
	for _, p := range partitions {
		for _, table := range f.View.Tables(p) {
			for _, a := range f.View.Arrivals(table, p) {
				if _, read := f.Accepted[a.LoadID]; a.Accepted() && !read && !known[a.LoadID] {
					known[a.LoadID], list = true, append(list, a)
				}
			}
		}
	}
	read := func(ctx context.Context, i int) (ledger.ArrivalRecord, error) {
		return c.ledger.ReadArrival(ctx, list[i])
	}
	records, err := concurrent.Map(ctx, factReads, len(list), read)
	if err != nil {
		return err
	}
	for _, r := range records {
		if r.Event.Accepted != nil {
			f.Accepted[r.Event.LoadID] = *r.Event.Accepted
		}
	}
	return nil
}

// readOverdue reads the newest record of each overdue source's partition. The partitions must be listed.
func (c *Coordinator) readOverdue(ctx context.Context, f *explain.Facts, partitions []partition.Partition) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(factReads)
	for _, s := range c.Pipeline.SortedSources() {
		for _, p := range partitions {
			if p.Grain() != s.Cadence || f.View.Seq(ledger.OverdueLog(s.Name, p)) == 0 {
				continue
			}
			group.Go(func() error {
				record, err := c.ledger.ReadOverdue(ctx, f.View, s.Name, p)
				if err != nil || record == nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				f.Overdue[explain.SourcePartition{Source: s.Name, Partition: p}] = *record
				return nil
			})
		}
	}
	return group.Wait()
}

// readDecisions adds the decisions about every model's partition that holds the last day of one of the partitions.
func (c *Coordinator) readDecisions(ctx context.Context, f *explain.Facts, partitions []partition.Partition) error {
	known := map[plan.Target]bool{}
	for _, d := range f.Decisions {
		known[d.Target] = true
	}
	var targets []plan.Target
	for _, m := range c.planner.Models() {
		for _, p := range partitions {
			t := plan.Target{Model: m, Partition: partition.Of(m.Grain, p.End().Add(-1))}
			if !known[t] {
				known[t] = true
				targets = append(targets, t)
			}
		}
	}
	report, err := c.report(ctx, targets)
	if err != nil {
		return err
	}
	f.Decisions = append(f.Decisions, report.Decisions...)
	return nil
}

// readMissing adds the decisions about the models that others wait for, until all root causes are known, and
// what is known of the sources among them.
func (c *Coordinator) readMissing(ctx context.Context, f *explain.Facts) error {
	for n := 0; n < len(f.Decisions); { // readDecisions appends
		var unknown []partition.Partition
		for ; n < len(f.Decisions); n++ {
			for _, input := range f.Decisions[n].Missing {
				if strings.HasPrefix(input.Table, "mart.") && !slices.Contains(unknown, input.Partition) {
					unknown = append(unknown, input.Partition)
				}
			}
		}
		if err := c.readDecisions(ctx, f, unknown); err != nil {
			return err
		}
	}
	var unlisted []partition.Partition
	for _, d := range f.Decisions {
		for _, input := range d.Missing {
			if !f.View.Listed(input.Partition) && !slices.Contains(unlisted, input.Partition) {
				unlisted = append(unlisted, input.Partition)
			}
		}
	}
	if err := c.ledger.List(ctx, f.View, unlisted); err != nil {
		return err
	}
	return c.readSources(ctx, f, unlisted)
}

// readRuns reads the newest records of a model's runs, and its resets. It lists the inputs of those runs, so
// that later loads of them can be seen.
func (c *Coordinator) readRuns(ctx context.Context, f *explain.Facts, m *manifest.Model, p partition.Partition) error {
	log := ledger.LogOf(m, p)
	if m.Materialized == manifest.Table {
		if err := c.ledger.ListLog(ctx, f.View, log); err != nil {
			return err
		}
	}
	last := f.View.Seq(log)
	first := max(1, last-factRecords+1)
	read := func(ctx context.Context, i int) (ledger.Run, error) { return c.ledger.ReadRun(ctx, log, first+i) }
	records, err := concurrent.Map(ctx, factReads, last-first+1, read)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(run ledger.Run) bool { return run.Partition != p })
	about := plan.TablePartition{Table: m.TableName(), Partition: p}
	f.Runs[about], f.Truncated[about] = records, first > 1 && len(records) > 0
	var unlisted []partition.Partition
	for _, run := range records {
		for _, a := range run.Inputs {
			if !f.View.Listed(a.Partition) {
				unlisted = append(unlisted, a.Partition)
			}
		}
	}
	if err := c.ledger.List(ctx, f.View, unlisted); err != nil {
		return err
	}
	if err := c.readSources(ctx, f, unlisted); err != nil {
		return err
	}
	f.Resets[about], err = c.ledger.Resets(ctx, f.View, p, m.Name)
	return err
}
