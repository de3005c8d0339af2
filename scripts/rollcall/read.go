package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/status/standing"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

const (
	// readsAtOnce bounds the objects of the ledger that are read together.
	readsAtOnce = 16
	// maxRecords bounds the records that are read of one log, the newest of them.
	maxRecords = 200
)

// reader reads a site once, at one moment.
type reader struct {
	site     *deployment.Deployment
	reporter *deployment.Reporter
	ledger   *ledger.Ledger
	planner  *plan.Planner
	now      time.Time
	known    map[plan.Target]bool // the targets that have been decided about
}

func newReader(s *deployment.Deployment, now time.Time) (*reader, error) {
	planner, err := plan.New(s.Manifest, s.Pipeline)
	if err != nil {
		return nil, err
	}
	reporter, err := s.Reporter(func() time.Time { return now })
	return &reader{s, reporter, ledger.New(s.Store, "status"), planner, now, map[plan.Target]bool{}}, err
}

// read reads how some partitions stand.
func (r *reader) read(ctx context.Context, partitions []partition.Partition) (*standing.Reading, error) {
	reading := &standing.Reading{
		Untold: func(s *pipeline.Source, table string, p partition.Partition) bool {
			return r.site.Untold != nil && r.site.Untold(s, table, p, r.now)
		},
		Pipeline: r.site.Pipeline, Manifest: r.site.Manifest, Planner: r.planner, Now: r.now, View: &ledger.View{},
		Watches:  map[standing.Owed]ledger.Overdue{},
		Holds:    map[string]ledger.Hold{},
		Received: map[plan.TablePartition]ledger.ArrivalRecord{}, Runs: map[plan.TablePartition][]ledger.Run{}, Cut: map[plan.TablePartition]bool{}, Resets: map[plan.TablePartition][]ledger.Reset{},
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
	holds, err := r.ledger.Holds(ctx, reading.View)
	for _, h := range holds {
		reading.Holds[h.ID] = h
	}
	return reading, err
}

// watches reads what the sweep has said and done about the sources' partitions.
func (r *reader) watches(ctx context.Context, reading *standing.Reading, partitions []partition.Partition) error {
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtOnce)
	for _, s := range r.site.Pipeline.SortedSources() {
		for _, p := range partitions {
			if p.Grain() != s.Cadence || reading.View.Seq(ledger.OverdueLog(s.Name, p)) == 0 {
				continue
			}
			group.Go(func() error {
				w, err := r.ledger.ReadOverdue(ctx, reading.View, s.Name, p)
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
		if !r.known[d.Target] {
			r.known[d.Target] = true
			reading.Decisions = append(reading.Decisions, d)
		}
	}
	return nil
}

// reload is the command that loads a source's partitions again.
func (r *reader) reload(source string, from, to partition.Partition) string {
	first, last := partition.Day(from.Start()).String(), partition.Day(to.End().Add(-1)).String()
	if r.site.Local {
		return r.site.Command("run", "--only", source, "--from", first, "--to", last)
	}
	return r.site.Command("backfill", "--source", source, "--from", first, "--to", last)
}

// move is the command that makes the coordinator do what is ready; a project's is swept every quarter of an hour.
func (r *reader) move() string {
	if r.site.Local {
		return r.site.Command("run")
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
