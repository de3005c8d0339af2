package operate

import (
	"context"
	"slices"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// readGone returns what the warehouse has lost.
func (b *backfill) readGone(ctx context.Context) (*ledger.Gone, error) {
	reporter, err := b.Reporter(b.now)
	if err != nil {
		return nil, err
	}
	return reporter.ReadGone(ctx)
}

// goneBefore reports whether the warehouse has lost partitions before p that a request for p loads too.
func (b *backfill) goneBefore(ctx context.Context, s *pipeline.Source, p partition.Partition,
	gone *ledger.Gone) (bool, error) {
	loads, v := plan.LoadedBy(s, p), &ledger.View{}
	var before []partition.Partition
	for _, w := range loads {
		if w.Partition != p {
			before = append(before, w.Partition)
		}
	}
	if gone == nil || before == nil {
		return false, nil
	}
	if err := b.ledger.List(ctx, v, before); err != nil {
		return false, err
	}
	return slices.ContainsFunc(loads, func(w plan.TablePartition) bool {
		a, arrived := v.Newest(w.Table, w.Partition)
		return w.Partition != p && arrived && gone.Covers(a)
	}), nil
}

// previewGone finds the models' partitions whose rows are gone and whose inputs are not.
func (r *replay) previewGone(ctx context.Context, p *replayPreview) error {
	report, err := r.reporter.Report(ctx, r.Pipeline.StartDay(), partition.NewestComplete(partition.Daily, r.now()))
	if err != nil {
		return err
	}
	var targets []plan.Target
	for _, d := range report.Decisions {
		if d.Status == plan.Gone {
			targets = append(targets, d.Target)
		}
	}
	return r.ledger.ListUntil(ctx, p.view, func() (unlisted []partition.Partition) {
		p.Replay, unlisted = r.planner.ReplayTargets(targets, p.view, r.now())
		return unlisted
	})
}
