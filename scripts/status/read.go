package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/site"
	"example.com/rollcall/scripts/status/standing"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

const (
	// readsAtOnce bounds the objects of the ledger that are read together.
	readsAtOnce = 16
	// maxRecords bounds the records that are read of one log, the newest of them.
	maxRecords = 200
)

// reader reads a site at one moment.
type reader struct {
	site     *site.Site
	reporter *site.Reporter
	ledger   *ledger.Ledger
	planner  *plan.Planner
	now      time.Time
}

func newReader(s *site.Site, now time.Time) (*reader, error) {
	planner, err := plan.New(s.Manifest, s.Pipeline)
	if err != nil {
		return nil, err
	}
	reporter, err := s.Reporter(func() time.Time { return now })
	return &reader{s, reporter, ledger.New(s.Store, "status"), planner, now}, err
}

// read reads how some partitions stand.
func (r *reader) read(ctx context.Context, partitions []partition.Partition) (*standing.Reading, error) {
	reading := &standing.Reading{
		Pipeline: r.site.Pipeline, Manifest: r.site.Manifest, Planner: r.planner, Now: r.now, View: &ledger.View{},
		Watches:  map[standing.Owed]ledger.Watch{},
		Received: map[plan.Want]ledger.Received{}, Runs: map[plan.Want][]ledger.Run{}, Resets: map[plan.Want][]ledger.Reset{},
		Command: r.site.Command, Reload: r.reload, Move: r.move(),
	}
	if err := r.ledger.List(ctx, reading.View, partitions); err != nil {
		return nil, err
	}
	if err := r.watches(ctx, reading, partitions); err != nil {
		return nil, err
	}
	for _, days := range daysOf(partitions) {
		if err := r.report(ctx, reading, days[0], days[1]); err != nil {
			return nil, err
		}
	}
	return reading, nil
}

// watches reads what the sweep has said and done about the sources' partitions.
func (r *reader) watches(ctx context.Context, reading *standing.Reading, partitions []partition.Partition) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for _, s := range r.site.Pipeline.SortedSources() {
		for _, p := range partitions {
			if p.Grain() != s.Cadence || reading.View.Seq(ledger.WatchLog(s.Name, p)) == 0 {
				continue
			}
			group.Go(func() error {
				w, err := r.ledger.ReadWatch(ctx, reading.View, s.Name, p)
				if err != nil || w == nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				reading.Watches[standing.Owed{Source: s.Name, Partition: p}] = *w
				return nil
			})
		}
	}
	return group.Wait()
}

// daysOf are ranges of days, first and last, that hold the partitions: of a month its last day is enough.
func daysOf(partitions []partition.Partition) (list [][2]partition.Partition) {
	sorted := slices.Clone(partitions)
	slices.SortFunc(sorted, partition.Partition.Compare)
	for _, p := range sorted {
		day := partition.Day(p.End().Add(-1))
		if n := len(list); n > 0 && p.Grain() == partition.Daily && list[n-1][1].Add(1) == day {
			list[n-1][1] = day
			continue
		}
		list = append(list, [2]partition.Partition{day, day})
	}
	return list
}

// report adds the decisions on what holds a day from one to another.
func (r *reader) report(ctx context.Context, reading *standing.Reading, from, to partition.Partition) error {
	report, err := r.reporter.Report(ctx, from, to)
	if err != nil {
		return err
	}
	for _, d := range report.Decisions {
		if !slices.ContainsFunc(reading.Decisions, func(x plan.Decision) bool { return x.Target == d.Target }) {
			reading.Decisions = append(reading.Decisions, d)
		}
	}
	return nil
}

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
		want := plan.Want{Table: m.TableName(), Partition: p}
		records, err := r.records(ctx, view, m, p)
		if err != nil {
			return err
		}
		reading.Runs[want] = records
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
	known := map[plan.Want]bool{}
	for n := 0; n < len(reading.Decisions); n++ { // grows
		known[plan.Want{Table: reading.Decisions[n].Model.TableName(), Partition: reading.Decisions[n].Partition}] = true
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

// records are those of a model's partition, oldest first: of the newest maxRecords of its log.
func (r *reader) records(ctx context.Context, view *ledger.View, m *manifest.Model, p partition.Partition) ([]ledger.Run, error) {
	log := ledger.LogOf(m, p)
	if m.Materialized == manifest.Table {
		if err := r.ledger.ListLog(ctx, view, log); err != nil {
			return nil, err
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
	err := group.Wait()
	return slices.DeleteFunc(list, func(run ledger.Run) bool { return run.Partition != p }), err
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
			reading.Received[plan.Want{Table: table, Partition: p}] = received
		}
	}
	return nil
}

// reload is the command that loads a source's partitions again.
func (r *reader) reload(source string, from, to partition.Partition) string {
	first, last := partition.Day(from.Start()).String(), partition.Day(to.End().Add(-1)).String()
	if r.site.Local {
		return r.site.Command("local", "--only", source, "--from", first, "--to", last)
	}
	return r.site.Command("backfill", "--source", source, "--from", first, "--to", last)
}

// move is the command that makes the coordinator do what is ready; a project's is swept every quarter of an hour.
func (r *reader) move() string {
	if r.site.Local {
		return r.site.Command("local")
	}
	return ""
}

// window are the partitions of an overview: so many days up to one, and the months that ended in them, or last before them.
func window(last partition.Partition, days int, start partition.Partition) (list []partition.Partition, err error) {
	if days < 1 || days > maxDays {
		return nil, fmt.Errorf("--last %d is not from 1 to %d days", days, maxDays)
	}
	first := last.Add(1 - days)
	if first.Compare(start) < 0 {
		first = start
	}
	newest := partition.NewestComplete(partition.Monthly, last.End())
	for m := first.Month().Add(-1); m.Compare(newest) <= 0; m = m.Add(1) {
		if m.End().After(start.Start()) {
			list = append(list, m)
		}
	}
	return slices.AppendSeq(list, partition.Range(first, last)), nil
}

// maxDays bounds an overview.
const maxDays = 1100
