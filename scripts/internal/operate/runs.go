package operate

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// runLog tells which runs of some targets have ended since it was opened, by the ledger.
type runLog struct {
	ledger  *ledger.Ledger
	targets []plan.Target
	before  map[ledger.Log]int // number of the newest record then
}

func openRunLog(ctx context.Context, l *ledger.Ledger, targets []plan.Target) (*runLog, error) {
	r := &runLog{ledger: l, targets: targets}
	var err error
	r.before, err = r.newest(ctx)
	return r, err
}

// newest returns the number of the newest record of each log.
func (r *runLog) newest(ctx context.Context) (map[ledger.Log]int, error) {
	var v ledger.View
	if err := r.ledger.List(ctx, &v, partitionsOf(r.targets)); err != nil {
		return nil, err
	}
	seqs := map[ledger.Log]int{}
	for _, t := range r.targets {
		log := ledger.LogOf(t.Model, t.Partition)
		if _, listed := seqs[log]; !listed && t.Model.Materialized == manifest.Table {
			if err := r.ledger.ListLog(ctx, &v, log); err != nil {
				return nil, err
			}
		}
		seqs[log] = v.Seq(log)
	}
	return seqs, nil
}

// ended returns the runs that have ended, in the order of their ends.
func (r *runLog) ended(ctx context.Context) (list []ledger.Run, err error) {
	now, err := r.newest(ctx)
	if err != nil {
		return nil, err
	}
	for log, last := range now {
		for seq := r.before[log] + 1; seq <= last; seq++ {
			run, err := r.ledger.ReadRun(ctx, log, seq)
			if err != nil {
				return nil, err
			}
			if run.State != ledger.Started {
				list = append(list, run)
			}
		}
	}
	slices.SortFunc(list, func(a, b ledger.Run) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Model, b.Model), a.Partition.Compare(b.Partition))
	})
	return list, nil
}

// follow calls do, and steps the line for each run that ends meanwhile. It only feeds the progress bar, so a
// ledger that cannot be read counts as no news.
func (r *runLog) follow(ctx context.Context, line *term.Line, poll time.Duration, do func() error) error {
	count := func() {
		if runs, err := r.ended(context.WithoutCancel(ctx)); err == nil {
			for line.Done() < len(runs) {
				line.Step()
			}
		}
	}
	result := make(chan error, 1)
	go func() { result <- do() }()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		select {
		case err := <-result:
			count()
			return err
		case <-tick.C:
			count()
		}
	}
}

// partitionsOf returns the partitions of targets, each once, in order.
func partitionsOf(targets []plan.Target) (list []partition.Partition) {
	for _, t := range targets {
		list = append(list, t.Partition)
	}
	slices.SortFunc(list, partition.Partition.Compare)
	return slices.Compact(list)
}
