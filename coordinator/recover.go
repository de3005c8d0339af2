package coordinator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

const (
	// young is the age until which a load is left to the function that is at it: half an hour, and some time for its event.
	young = 45 * time.Minute
	// askJob bounds the wait for a load job, which has long been done if it ever was begun.
	askJob = 10 * time.Second
)

// recover finds loads that ended and of which no event has come, and handles the event that they should have published. What
// a load has read is staged, what became of it is known to the warehouse under the load job's id, and its event follows from
// both: it is the same to the byte, so that it does no harm when the lost one comes after all.
func (s *Sweeper) recover(ctx context.Context, loads map[string][]stage.Folder, swept SweepResult) (found []event.Event, err error) {
	v, err := s.list(ctx, swept)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, source := range s.Pipeline.SortedSources() {
		for _, folder := range loads[source.Name] {
			if s.young(folder) || recorded(v, source, folder) || s.settled.has(folder) {
				continue
			}
			events, open, err := s.events(ctx, v, source, folder)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if len(events) == 0 && !open {
				s.settled.add(folder)
			}
			for _, e := range events {
				s.Log.WarnContext(ctx, "a load's event was lost, and is handled as if it had come", "source", e.Source,
					"partition", e.Partition.String(), "load_id", e.LoadID, "tables", names(e))
				found = append(found, e)
				if err := s.Handle(ctx, e); err != nil {
					errs = append(errs, fmt.Errorf("%s of %s, found: %w", e.Partition, e.Source, err))
				}
			}
		}
	}
	return found, gravest(errs)
}

func names(e event.Event) (list []string) {
	for _, t := range e.Tables {
		list = append(list, t.Table)
	}
	return list
}

// settled remembers loads that have nothing left to tell of, whatever comes: those that failed, mostly. So they are looked at
// once by each instance, and not in every sweep.
type settled struct {
	mu    sync.Mutex
	loads map[string]bool
}

// maxSettled bounds what is remembered; when it is full, all is forgotten.
const maxSettled = 10_000

func key(f stage.Folder) string { return f.Source + "/" + f.Partition.String() + "/" + f.LoadID }

func (s *settled) has(f stage.Folder) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads[key(f)]
}

func (s *settled) add(f stage.Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads == nil || len(s.loads) >= maxSettled {
		s.loads = map[string]bool{}
	}
	s.loads[key(f)] = true
}

// young reports whether a load may still be under way. Its id begins with the time at which it began.
func (s *Sweeper) young(f stage.Folder) bool {
	const layout = "20060102T150405"
	if len(f.LoadID) < len(layout) {
		return false
	}
	begun, err := time.Parse(layout, f.LoadID[:len(layout)])
	return err == nil && s.Now().Before(begun.Add(young))
}

// recorded reports whether the events of a load have come, as far as can be told without reading what it staged: for each table
// and partition that it should have loaded there is its arrival. One that is not the newest matters, too: it tells what a run
// may have read.
func recorded(v *ledger.View, source *pipeline.Source, f stage.Folder) bool {
	for _, table := range source.SortedTables() {
		for q := range source.Brings(table, f.Partition) {
			if !recordedIn(v, table, q, f.LoadID) {
				return false
			}
		}
	}
	return true
}

// recordedIn reports whether a load's arrival in a table's partition is known.
func recordedIn(v *ledger.View, table string, q partition.Partition, loadID string) bool {
	return slices.ContainsFunc(v.Arrivals(table, q), func(a ledger.Arrival) bool { return a.LoadID == loadID })
}

// events are those that a load should have published and that have not come, of what it has loaded. It is open while some job
// of it is not done.
func (s *Sweeper) events(ctx context.Context, v *ledger.View, source *pipeline.Source, f stage.Folder) (events []event.Event, open bool, err error) {
	files, err := s.Staging.Files(ctx, f)
	if err != nil {
		return nil, false, fmt.Errorf("sweep: %w", err)
	}
	for _, file := range files {
		table := "raw." + file.Table
		if source.Table(table) == nil || !v.Listed(file.Partition) || recordedIn(v, table, file.Partition, f.LoadID) {
			continue
		}
		status, err := s.job(ctx, file.LoadJob(f.LoadID))
		switch {
		case err != nil:
			return nil, false, err
		case !status.Done:
			open = true
			continue
		case status.Err != nil:
			continue
		}
		i := slices.IndexFunc(events, func(e event.Event) bool { return e.Partition == file.Partition })
		if i < 0 {
			i = len(events)
			events = append(events, event.Event{Version: event.Version, Type: event.Loaded, Source: source.Name, Partition: file.Partition, LoadID: f.LoadID})
		}
		events[i].Tables = append(events[i].Tables, event.Table{Table: table, Rows: file.Rows, Digest: file.Digest,
			LoadedAt: status.Ended.UTC().Truncate(time.Microsecond)})
	}
	slices.SortFunc(events, func(a, b event.Event) int { return a.Partition.Compare(b.Partition) })
	return events, open, nil
}

// job is what became of a load job. One that never began is done, with that as its error; one that is still at it is not done.
func (s *Sweeper) job(ctx context.Context, id string) (warehouse.Status, error) {
	wait, cancel := context.WithTimeout(ctx, askJob)
	defer cancel()
	status, err := s.Warehouse.Wait(wait, id)
	switch {
	case errors.Is(err, warehouse.ErrNotFound):
		return warehouse.Status{ID: id, Done: true, Err: err}, nil
	case err != nil && wait.Err() != nil && ctx.Err() == nil:
		return warehouse.Status{ID: id}, nil
	case err != nil:
		return warehouse.Status{}, fmt.Errorf("sweep: job %s: %w", id, err)
	}
	return status, nil
}

// staged are the tables, by full name, that the newest complete load of a source's partition has staged for it.
func (s *Sweeper) staged(ctx context.Context, loads []stage.Folder, q partition.Partition) (tables []string, err error) {
	for _, f := range slices.Backward(loads) {
		if f.Partition != q {
			continue
		}
		files, err := s.Staging.Files(ctx, f)
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		for _, file := range files {
			if file.Partition == q {
				tables = append(tables, "raw."+file.Table)
			}
		}
		slices.SortFunc(tables, strings.Compare)
		return tables, nil
	}
	return nil, nil
}

// Staged is the Staging in a bucket.
type Staged struct{ Bucket *storage.BucketHandle }

// Loads lists what is complete.
func (s Staged) Loads(ctx context.Context, source string, from, to partition.Partition) ([]stage.Folder, error) {
	return stage.Loads(ctx, s.Bucket, source, from, to)
}

// Files reads what one load has staged.
func (s Staged) Files(ctx context.Context, f stage.Folder) ([]stage.File, error) { return f.Files(ctx) }
