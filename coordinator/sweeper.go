package coordinator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Staging tells what the sources have staged; Staged is it in a bucket.
type Staging interface {
	// Loads are the complete loads of a source's partitions from one to another, by partition, then the oldest first.
	Loads(ctx context.Context, source string, from, to partition.Partition) ([]stage.Folder, error)
	// Files are what one of them has staged.
	Files(ctx context.Context, f stage.Folder) ([]stage.File, error)
}

// LoadRequester asks sources.
type LoadRequester interface {
	// RequestLoad wishes for a source to load a partition. It returns when the wish is safe with whoever carries it, not when it is
	// fulfilled. To wish the same with the same number again changes nothing.
	RequestLoad(ctx context.Context, source string, p partition.Partition, number int) error
}

// SweepDeps is what a Sweeper works with besides what its coordinator does.
type SweepDeps struct {
	Staging   Staging
	Requester LoadRequester // nil: nobody is asked
	Days      int           // how far back it looks
}

// Sweeper looks after a pipeline by the clock, for what no event tells of. It finds loads whose event was lost, moves on
// every model's partition that could move, reports what is overdue, and asks sources for it again; in this order, so that
// nothing is called overdue, or asked for, that is there.
//
// Several may be at work at once, and any may die anywhere: the ledger's records settle who does what. Nothing is lost by
// that, and nothing is done twice, save what was begun by one who died, once its lease has ended.
type Sweeper struct {
	*Coordinator
	SweepDeps
	settled settled
}

// NewSweeper makes a Sweeper of a coordinator.
func NewSweeper(c *Coordinator, deps SweepDeps) *Sweeper {
	return &Sweeper{Coordinator: c, SweepDeps: deps}
}

// SweepResult is what a sweep has done.
type SweepResult struct {
	From      partition.Partition `json:"from"` // the first day that it looked at
	To        partition.Partition `json:"to"`
	Found     []event.Event       `json:"found,omitempty"`   // loads whose event had been lost
	Moved     []string            `json:"moved,omitempty"`   // models' partitions that were published, as in "revenue 2026-10"
	Overdue   []event.Event       `json:"overdue,omitempty"` // reports, of arrivals among them
	Requested []LoadRequest       `json:"requested,omitempty"`
	Error     string              `json:"error,omitempty"` // why not all was done; the next sweep goes on
}

// LoadRequest is one ask of a source.
type LoadRequest struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	Number    int                 `json:"number"`
}

// Run sweeps the last days once; see Between.
func (s *Sweeper) Run(ctx context.Context) (SweepResult, error) {
	today := partition.Day(s.Now())
	return s.Between(ctx, today.Add(-s.Days), today)
}

// Between sweeps the partitions with a day from one to another, both included, that lie not before the pipeline's start. What it
// has done it tells also when there was trouble. Errors: ErrBusy when work is under way that will go on by itself; any other
// is trouble that may mend.
func (s *Sweeper) Between(ctx context.Context, from, to partition.Partition) (SweepResult, error) {
	swept := SweepResult{From: later(from, s.Pipeline.StartDay()), To: to}
	if to.Compare(swept.From) < 0 {
		return swept, nil // nothing is expected yet
	}
	work, cancel := leaving(ctx)
	defer cancel()
	loads, found := s.loads(work, swept)
	if found == nil {
		swept.Found, found = s.recover(work, loads, swept)
	}
	moved, moving := s.move(work, swept.From, swept.To)
	for _, t := range moved {
		swept.Moved = append(swept.Moved, t.String())
	}
	errs := []error{found, moving}
	if found == nil || errors.Is(found, ErrBusy) {
		errs = append(errs, s.watch(ctx, loads, &swept))
	}
	return swept, gravest(errs)
}

// leaving is ctx without its last tenth, which is left for reports and asks, however long models run.
func leaving(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-time.Until(end)/10))
	}
	return ctx, func() {}
}

func later(a, b partition.Partition) partition.Partition {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}

// bounds are a source's first and last partition that a sweep looks at; none that has not ended is.
func (s *Sweeper) bounds(source *pipeline.Source, swept SweepResult) (first, last partition.Partition) {
	first, last = partition.Of(source.Cadence, swept.From.Start()), partition.Of(source.Cadence, swept.To.Start())
	if newest := partition.NewestComplete(source.Cadence, s.Now()); newest.Compare(last) < 0 {
		last = newest
	}
	return first, last
}

// list lists what sources have in the ledger of what a sweep looks at, and as far back before it as the first load of it reads.
func (s *Sweeper) list(ctx context.Context, swept SweepResult) (*ledger.View, error) {
	var wanted []partition.Partition
	for _, source := range s.Pipeline.SortedSources() {
		first, last := s.bounds(source, swept)
		for q := range partition.Range(first.Add(1-source.Lookback), last) {
			wanted = append(wanted, q)
		}
	}
	v := &ledger.View{}
	return v, s.ledger.List(ctx, v, wanted)
}

// loads are the complete loads of what a sweep looks at, by source.
func (s *Sweeper) loads(ctx context.Context, swept SweepResult) (map[string][]stage.Folder, error) {
	loads := map[string][]stage.Folder{}
	for _, source := range s.Pipeline.SortedSources() {
		first, last := s.bounds(source, swept)
		if last.Compare(first) < 0 {
			continue
		}
		list, err := s.Staging.Loads(ctx, source.Name, first, last)
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		loads[source.Name] = list
	}
	return loads, nil
}

// missing are the tables of a source's partition that have not arrived.
func missing(v *ledger.View, source *pipeline.Source, q partition.Partition) (tables []string) {
	for _, table := range source.SortedTables() {
		if _, ok := v.Newest(table, q); !ok {
			tables = append(tables, table)
		}
	}
	return tables
}

// blocked names the models' partitions that wait for tables, in so many words at most.
func (c *Coordinator) blocked(tables []string, q partition.Partition) (list []string) {
	const most = 20
	var by []plan.TablePartition
	for _, table := range tables {
		by = append(by, plan.TablePartition{Table: table, Partition: q})
	}
	targets := c.planner.Blocked(by, c.Now())
	for _, t := range targets[:min(len(targets), most)] {
		list = append(list, t.String())
	}
	if more := len(targets) - most; more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return list
}
