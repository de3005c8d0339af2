package coordinator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

const (
	// loadGrace is how long after its beginning a load is left alone: half an hour for its function, and
	// time for its event.
	loadGrace = 45 * time.Minute
	// loadJobWait bounds the wait for a load job. If it was ever submitted, it ended long ago.
	loadJobWait = 10 * time.Second
)

// recover finds loads that ended and whose event never came, and handles the event that each should have
// published. The staging folder shows what a load read, and the warehouse knows the load job by its id. The
// event follows from both and is identical to the lost one, byte for byte, so it does no harm if that comes
// after all. Only complete loads can have ended, also if they failed afterwards: their jobs may have succeeded.
func (s *Sweeper) recover(ctx context.Context, attempts map[string][]stage.Attempt,
	result SweepResult) (found []event.Event, err error) {
	v, err := s.list(ctx, result)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, source := range s.Pipeline.SortedSources() {
		for _, folder := range stage.Completed(attempts[source.Name]) {
			id := fmt.Sprintf("%s/%s/%s", folder.Source, folder.Partition, folder.LoadID)
			if s.mayRun(folder) || allArrived(v, source, folder) || s.settled.Contains(id) {
				continue
			}
			events, running, err := s.lostEvents(ctx, v, source, folder)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if len(events) == 0 && !running {
				s.settled.Add(id, struct{}{})
			}
			for _, e := range events {
				if err := s.checkEvent(e); err != nil { // it may be usable later, and is no fault of the sweep
					if told, _ := s.settled.ContainsOrAdd(id+" unusable", struct{}{}); !told {
						s.Log.ErrorContext(ctx, "the event of a load was lost, and is unusable", "source", e.Source,
							"partition", e.Partition.String(), "load_id", e.LoadID, "reason", err)
					}
					continue
				}
				s.Log.WarnContext(ctx, "the event of a load was lost, the sweep handles it", "source", e.Source,
					"partition", e.Partition.String(), "load_id", e.LoadID, "tables", tableNames(e))
				found = append(found, e)
				if err := s.Handle(ctx, e); err != nil {
					errs = append(errs, fmt.Errorf("recover load of %s %s: %w", e.Source, e.Partition, err))
				}
			}
		}
	}
	return found, mostSerious(errs)
}

func tableNames(e event.Event) (names []string) {
	for _, t := range e.Tables {
		names = append(names, t.Table)
	}
	return names
}

// mayRun reports whether a load may still be under way.
func (s *Sweeper) mayRun(f stage.Folder) bool {
	begun, ok := begunAt(f)
	return ok && s.Now().Before(begun.Add(loadGrace))
}

// begunAt returns when a load began. Its id begins with that time.
func begunAt(f stage.Folder) (begun time.Time, ok bool) {
	const layout = "20060102T150405"
	if len(f.LoadID) < len(layout) {
		return begun, false
	}
	begun, err := time.Parse(layout, f.LoadID[:len(layout)])
	return begun, err == nil
}

// allArrived reports whether the events of a load have come, without reading what it staged: whether each
// table and partition that it should have loaded has its arrival. Older versions count too, because a run
// may have read them.
func allArrived(v *ledger.View, source *pipeline.Source, f stage.Folder) bool {
	for _, table := range source.SortedTables() {
		for q := range source.Loads(table, f.Partition) {
			if !hasArrived(v, table, q, f.LoadID) {
				return false
			}
		}
	}
	return true
}

// hasArrived reports whether the ledger has a load's arrival in a table's partition.
func hasArrived(v *ledger.View, table string, q partition.Partition, loadID string) bool {
	return slices.ContainsFunc(v.Arrivals(table, q), func(a ledger.Arrival) bool { return a.LoadID == loadID })
}

// lostEvents returns the events that a load should have published and that have not come, for what it has
// loaded. running reports whether one of its jobs is not done.
func (s *Sweeper) lostEvents(ctx context.Context, v *ledger.View, source *pipeline.Source, f stage.Folder) (
	events []event.Event, running bool, err error,
) {
	load, err := s.Staging.Load(ctx, f)
	if err != nil {
		return nil, false, fmt.Errorf("sweep: %w", err)
	}
	for _, file := range load.Files {
		table := "raw." + file.Table
		if source.Table(table) == nil || !v.Listed(file.Partition) || hasArrived(v, table, file.Partition, f.LoadID) {
			continue
		}
		status, err := s.loadJob(ctx, file.LoadJob(f.LoadID))
		switch {
		case err != nil:
			return nil, false, err
		case !status.Done:
			running = true
			continue
		case status.Err != nil:
			continue
		}
		i := slices.IndexFunc(events, func(e event.Event) bool { return e.Partition == file.Partition })
		if i < 0 {
			i = len(events)
			events = append(events, event.Event{
				Version: event.Version, Type: event.Loaded, Source: source.Name, Partition: file.Partition, LoadID: f.LoadID,
				Accepted: load.Accepted,
			})
		}
		events[i].Tables = append(events[i].Tables, event.Table{
			Table: table, Rows: file.Rows, Carried: file.Carried, Digest: file.Digest,
			LoadedAt: status.Ended.UTC().Truncate(time.Microsecond),
		})
	}
	slices.SortFunc(events, func(a, b event.Event) int { return a.Partition.Compare(b.Partition) })
	return events, running, nil
}

// loadJob returns the status of a load job. A job that was never submitted is done, with an error. A job
// that does not end in time is not done.
func (s *Sweeper) loadJob(ctx context.Context, id string) (warehouse.Status, error) {
	wait, cancel := context.WithTimeout(ctx, loadJobWait)
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
