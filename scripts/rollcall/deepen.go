package main

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/status/standing"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// deepen reads what is needed to tell a partition in full: what its models wait for, down to the sources, the records of
// their runs, their resets, and what is recorded of each arrival. With models, only those.
func (r *reader) deepen(ctx context.Context, reading *standing.Reading, p partition.Partition, models ...*manifest.Model) error {
	if models == nil {
		models = r.site.Manifest.Models
	}
	if err := r.follow(ctx, reading); err != nil {
		return err
	}
	view := reading.View
	if err := r.owing(ctx, reading); err != nil {
		return err
	}
	for _, m := range models {
		if m.Grain != p.Grain() {
			continue
		}
		want := plan.TablePartition{Table: m.TableName(), Partition: p}
		records, cut, err := r.records(ctx, view, m, p)
		if err != nil {
			return err
		}
		reading.Runs[want], reading.Cut[want] = records, cut
		if reading.Resets[want], err = r.ledger.Resets(ctx, view, p, m.Name); err != nil {
			return err
		}
		for _, run := range records {
			if err := r.list(ctx, view, run.Inputs); err != nil { // to see what was loaded since
				return err
			}
		}
	}
	return r.received(ctx, reading, p)
}

// follow adds the decisions on the models that others wait for, until it is known what all of them wait for.
func (r *reader) follow(ctx context.Context, reading *standing.Reading) error {
	known := map[plan.TablePartition]bool{}
	for n := 0; n < len(reading.Decisions); n++ { // grows
		known[plan.TablePartition{Table: reading.Decisions[n].Model.TableName(), Partition: reading.Decisions[n].Partition}] = true
		for _, w := range reading.Decisions[n].Missing {
			if !strings.HasPrefix(w.Table, "mart.") || known[w] {
				continue
			}
			known[w] = true
			day := partition.Day(w.Partition.End().Add(-1))
			if err := r.report(ctx, reading, day, day); err != nil {
				return err
			}
		}
	}
	return nil
}

// owing reads what the sweep has said and done about what is missing at the bottom.
func (r *reader) owing(ctx context.Context, reading *standing.Reading) error {
	var lacks []partition.Partition
	for _, d := range reading.Decisions {
		for _, w := range d.Missing {
			if !reading.View.Listed(w.Partition) && !slices.Contains(lacks, w.Partition) {
				lacks = append(lacks, w.Partition)
			}
		}
	}
	if err := r.ledger.List(ctx, reading.View, lacks); err != nil {
		return err
	}
	return r.watches(ctx, reading, lacks)
}

// list lists the partitions of inputs that are not listed yet.
func (r *reader) list(ctx context.Context, view *ledger.View, inputs []ledger.Arrival) error {
	var lacks []partition.Partition
	for _, a := range inputs {
		if !view.Listed(a.Partition) {
			lacks = append(lacks, a.Partition)
		}
	}
	return r.ledger.List(ctx, view, lacks)
}

// records are those of a model's partition, oldest first, of the newest maxRecords of its log; cut says that it has older ones.
func (r *reader) records(ctx context.Context, view *ledger.View, m *manifest.Model, p partition.Partition) (records []ledger.Run, cut bool, err error) {
	log := ledger.LogOf(m, p)
	if m.Materialized == manifest.Table {
		if err := r.ledger.ListLog(ctx, view, log); err != nil {
			return nil, false, err
		}
	}
	last := view.Seq(log)
	first := max(1, last-maxRecords+1)
	list := make([]ledger.Run, last-first+1)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for n := range list {
		group.Go(func() (err error) {
			list[n], err = r.ledger.ReadRun(ctx, log, first+n)
			return err
		})
	}
	err = group.Wait()
	list = slices.DeleteFunc(list, func(run ledger.Run) bool { return run.Partition != p })
	return list, first > 1 && len(list) > 0, err
}

// received reads what is recorded of the newest arrival of each raw table.
func (r *reader) received(ctx context.Context, reading *standing.Reading, p partition.Partition) error {
	for _, s := range r.site.Pipeline.SortedSources() {
		for _, table := range s.SortedTables() {
			a, ok := reading.View.Newest(table, p)
			if !ok {
				continue
			}
			received, err := r.ledger.ReadArrival(ctx, a)
			if err != nil {
				return err
			}
			reading.Received[plan.TablePartition{Table: table, Partition: p}] = received
		}
	}
	return nil
}
