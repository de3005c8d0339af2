package coordinator

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Sweep reconciles every target that contains a day in a range, both ends included, or that reads a
// partition that does, as if everything in the range had just arrived. Call it after models changed, after
// a reset, after a hold ends, or where events were lost. Retry while it returns ErrBusy or a transient
// error.
func (c *Coordinator) Sweep(ctx context.Context, from, to partition.Partition) error {
	_, err := c.sweep(ctx, from, to)
	return err
}

// SweepHolding does what Sweep does, under a hold that the caller has put on the range's partitions. The hold keeps
// everything else from starting there. This sweep ignores it and runs the targets in dependency order: what
// a model publishes has arrived before its readers are reconciled. So each target in the range runs once,
// however many of its inputs have changed. Readers outside the range are reconciled too; an event may run
// them again.
//
// Retry while it returns ErrBusy or a transient error. Then release the hold, and call Sweep for what
// arrived meanwhile.
func (c *Coordinator) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	return c.withHold(hold).Sweep(ctx, from, to)
}

// withHold returns a copy of c that works under a hold of its own.
func (c *Coordinator) withHold(hold string) *Coordinator {
	holder := *c
	holder.ownHold = hold
	return &holder
}

// sweep does what Sweep does, and returns the targets that it announced.
func (c *Coordinator) sweep(ctx context.Context, from, to partition.Partition) ([]plan.Target, error) {
	within, err := c.targetsIn(from, to)
	if err != nil {
		return nil, err
	}
	s, targets, err := c.loadState(ctx, func(v *ledger.View) (targets []plan.Target, unlisted []partition.Partition) {
		known := map[plan.Target]bool{}
		add := func(list []plan.Target) {
			for _, t := range list {
				if !known[t] {
					known[t], targets = true, append(targets, t)
				}
			}
		}
		add(within)
		for p, tables := range c.tablesIn(from, to) {
			affected, more := c.planner.Affected(tables, p, v, c.Now())
			add(affected)
			unlisted = append(unlisted, more...)
		}
		return targets, unlisted
	})
	if err != nil {
		return nil, err
	}
	return c.reconcileAll(ctx, targets, s)
}

// tablesIn yields each partition that contains a day in a range, with the tables that have partitions of
// its grain.
func (c *Coordinator) tablesIn(from, to partition.Partition) iter.Seq2[partition.Partition, []string] {
	return func(yield func(partition.Partition, []string) bool) {
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
				if !yield(p, tables) {
					return
				}
			}
		}
	}
}

// LoadRequester requests loads from sources.
type LoadRequester interface {
	// RequestLoad enqueues a source's load of a partition, and returns once the request is durable, not
	// once the load is done. A request with the same number as an earlier one has no effect.
	RequestLoad(ctx context.Context, source string, p partition.Partition, number int) error
}

// SweepDeps holds what a Sweeper works with, besides its coordinator, which must have a Staging.
type SweepDeps struct {
	Requester LoadRequester // nil: no loads are requested
	Days      int           // how many days a sweep looks back
	// Obtainable reports whether a source can still load a past snapshot that was not staged; nil: no source can.
	Obtainable func(source string) bool
}

// Sweeper looks after a pipeline by the clock, for what no event reports. A sweep checks whether tables are gone,
// recovers loads whose event was lost, reconciles every target, reports what is overdue, and requests the loads
// of that. This order keeps it from reporting or requesting what has arrived.
//
// Several may run at once, and any may stop anywhere: the ledger's records decide which of them does what.
// Nothing is lost, and nothing is done twice, except for a step whose claim ran out because its sweep
// stopped.
type Sweeper struct {
	*Coordinator
	SweepDeps
	settled *lru.Cache[string, struct{}] // ids of loads that have no event left to recover, most of them failed
}

// maxSettled bounds the loads that a Sweeper remembers as settled.
const maxSettled = 10_000

// NewSweeper returns a Sweeper that works with a coordinator.
func NewSweeper(c *Coordinator, deps SweepDeps) *Sweeper {
	settled, err := lru.New[string, struct{}](maxSettled)
	if err != nil {
		panic(err) // the size is positive
	}
	return &Sweeper{Coordinator: c, SweepDeps: deps, settled: settled}
}

// SweepResult holds what a sweep has done.
type SweepResult struct {
	From      partition.Partition `json:"from"` // the first day that it looked at
	To        partition.Partition `json:"to"`
	Recovered []event.Event       `json:"recovered,omitempty"` // loads whose event was lost
	Published []string            `json:"published,omitempty"` // targets, such as "revenue 2026-10"
	Overdue   []event.Event       `json:"overdue,omitempty"`   // reports, including those of late arrivals
	Requested []LoadRequest       `json:"requested,omitempty"`
	Gone      []string            `json:"gone,omitempty"`  // tables that lack rows which had arrived
	Error     string              `json:"error,omitempty"` // why the sweep is incomplete; the next one continues
}

func (r *SweepResult) addPublished(targets []plan.Target) {
	for _, t := range targets {
		r.Published = append(r.Published, t.String())
	}
}

// LoadRequest is one request of a source's load.
type LoadRequest struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	Number    int                 `json:"number"`
}

// Run sweeps the last days once, as Between does.
func (s *Sweeper) Run(ctx context.Context) (SweepResult, error) {
	today := partition.Day(s.Now())
	return s.Between(ctx, today.Add(-s.Days), today)
}

// Between sweeps the partitions that contain a day in a range, both ends included, from the pipeline's
// start on. With an error it also returns what it has done. The error is ErrBusy when all that is left is
// under way; any other may be transient.
func (s *Sweeper) Between(ctx context.Context, from, to partition.Partition) (SweepResult, error) {
	if start := s.Pipeline.StartDay(); from.Compare(start) < 0 {
		from = start
	}
	result := SweepResult{From: from, To: to}
	if to.Compare(from) < 0 {
		return result, nil // nothing is expected yet
	}
	// The last tenth of the time is left for reports and load requests, however long models run.
	working := ctx
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		working, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
		defer cancel()
	}
	noticing := s.noticeGone(working, &result)
	attempts, recovering := s.attempts(working, result)
	if recovering == nil {
		result.Recovered, recovering = s.recover(working, attempts, result)
	}
	published, sweeping := s.sweep(working, from, to)
	result.addPublished(published)
	errs := []error{noticing, recovering, sweeping}
	if recovering == nil || errors.Is(recovering, ErrBusy) {
		errs = append(errs, s.handleOverdue(ctx, attempts, &result))
	}
	return result, mostSerious(errs)
}

// bounds returns a source's first and last partition in a sweep. The last one has ended.
func (s *Sweeper) bounds(source *pipeline.Source, result SweepResult) (first, last partition.Partition) {
	first, last = partition.Of(source.Cadence, result.From.Start()), partition.Of(source.Cadence, result.To.Start())
	if newest := partition.NewestComplete(source.Cadence, s.Now()); newest.Compare(last) < 0 {
		last = newest
	}
	return first, last
}

// list lists the sources' partitions in a sweep, and those before them that the first load in it reads.
func (s *Sweeper) list(ctx context.Context, result SweepResult) (*ledger.View, error) {
	var wanted []partition.Partition
	for _, source := range s.Pipeline.SortedSources() {
		first, last := s.bounds(source, result)
		wanted = slices.AppendSeq(wanted, partition.Range(first.Add(1-source.Lookback), last))
	}
	v := &ledger.View{}
	return v, s.ledger.List(ctx, v, wanted)
}

// attempts returns the loads of the partitions in a sweep, complete and failed ones, by source.
func (s *Sweeper) attempts(ctx context.Context, result SweepResult) (map[string][]stage.Attempt, error) {
	attempts := map[string][]stage.Attempt{}
	for _, source := range s.Pipeline.SortedSources() {
		first, last := s.bounds(source, result)
		if last.Compare(first) < 0 {
			continue
		}
		list, err := s.Staging.Attempts(ctx, source.Name, first, last)
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		attempts[source.Name] = list
	}
	return attempts, nil
}
