package backfill

import (
	"context"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
)

// runModels has every model's partition run once that reads what has been loaded, and lets go of what is held. The partitions of
// all of them are held before the first runs, because one that others may start would run when the first of its inputs
// changes, and again with the next.
func (b *backfill) runModels(ctx context.Context, progress *term.Progress) error {
	first, last := span(b.guard.parts, b.sys.now())
	if err := b.worker.Quiet(ctx, first, last); err != nil {
		return err
	}
	var err error
	if b.targets, err = b.targetsOf(ctx, b.came); err != nil {
		return err
	}
	if err := b.guard.cover(ctx, partitionsOf(b.targets)); err != nil {
		return err
	}
	if err := b.guard.supersede(ctx); err != nil {
		return err
	}
	if len(b.targets) > 0 {
		first, last = span(b.guard.parts, b.sys.now())
		line := progress.Line("models", "runs", len(b.targets))
		stop := b.watchRuns(ctx, line)
		err := b.worker.SweepHolding(ctx, first, last, b.guard.hold.ID)
		ended := stop()
		if err != nil {
			return err
		}
		line.Finish(note(len(b.targets) - ended))
		if err := b.worker.Quiet(ctx, first, last); err != nil {
			return err
		}
	}
	if err := b.guard.release(ctx); err != nil {
		return err
	}
	if err := b.worker.Sweep(ctx, first, last); err != nil { // what others brought meanwhile
		return err
	}
	return b.worker.Quiet(ctx, first, last)
}

// note says that not all had to run, which nobody knew before.
func note(others int) string {
	if others == 0 {
		return ""
	}
	return "the rest stands or waits"
}

// came reports whether a table's partition was loaded since the backfill began.
func (b *backfill) came(v *ledger.View, w plan.TablePartition) bool {
	a, ok := v.Newest(w.Table, w.Partition)
	if !ok || !a.LoadedAt.Before(b.guard.hold.Begun) {
		return ok
	}
	was, stood := b.before.Newest(w.Table, w.Partition) // the warehouse's clock may be behind this one
	return !stood || !a.LoadedAt.Equal(was.LoadedAt)
}

// targetsOf are the models' partitions that read, directly or through others, those of the touched partitions that are chosen.
func (b *backfill) targetsOf(ctx context.Context, chosen func(*ledger.View, plan.TablePartition) bool) ([]plan.Target, error) {
	v := &ledger.View{}
	if err := b.ledger.List(ctx, v, b.touched); err != nil {
		return nil, err
	}
	var tables []plan.TablePartition
	for _, src := range b.site.Pipeline.SortedSources() {
		for _, p := range b.touched {
			if p.Grain() != src.Cadence {
				continue
			}
			for _, table := range src.SortedTables() {
				if w := (plan.TablePartition{Table: table, Partition: p}); chosen(v, w) {
					tables = append(tables, w)
				}
			}
		}
	}
	return following(ctx, b.planner, tables, b.ledger, v, b.sys.now())
}

// look is how often the ledger is asked how many runs have ended.
const look = 3 * time.Second

// watchRuns steps the line for each run that ends, until it is stopped; then it gives their number.
func (b *backfill) watchRuns(ctx context.Context, line *term.Line) (stop func() int) {
	quit, done := make(chan struct{}), make(chan struct{})
	before, told := b.records(ctx), 0
	count := func() {
		for n := (b.records(ctx) - before) / 2; told < n; told++ { // each has a beginning and an end
			line.Step()
		}
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(look)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				count()
			case <-quit:
				count()
				return
			}
		}
	}()
	return func() int {
		close(quit)
		<-done
		return told
	}
}

// records is how many records the logs of the targets have. It is only for people to see, and as good as it is when the ledger
// cannot be read.
func (b *backfill) records(ctx context.Context) (n int) {
	var v ledger.View
	if err := b.ledger.List(ctx, &v, partitionsOf(b.targets)); err != nil {
		return 0
	}
	for _, t := range b.targets {
		if t.Model.Materialized != manifest.Table {
			n += v.Seq(ledger.LogOf(t.Model, t.Partition))
		}
	}
	return n
}
