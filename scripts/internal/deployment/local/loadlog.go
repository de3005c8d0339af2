package local

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/warehouse"
)

// Load describes a load job that has ended.
type Load struct {
	Source, Table string
	Partition     partition.Partition
	Rows          int64
	Failure       string // empty: it loaded Rows
	Took          time.Duration
}

// loadLog passes every call to a warehouse, and notes each load job that ends.
type loadLog struct {
	warehouse.Driver
	mu      sync.Mutex
	pending map[string]warehouse.Job // load jobs by id
	loads   []Load
}

func newLoadLog(d warehouse.Driver) *loadLog {
	return &loadLog{Driver: d, pending: map[string]warehouse.Job{}}
}

func (w *loadLog) Submit(ctx context.Context, job warehouse.Job) error {
	if job.Load != nil {
		w.mu.Lock()
		w.pending[job.ID] = job
		w.mu.Unlock()
	}
	return w.Driver.Submit(ctx, job)
}

func (w *loadLog) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	status, err := w.Driver.Wait(ctx, id)
	if err != nil || !status.Done {
		return status, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if job, ok := w.pending[id]; ok {
		delete(w.pending, id)
		l := Load{
			Source: job.Labels["source"], Table: job.Load.Destination.String(), Partition: job.Load.Partition,
			Took: status.Stats.Duration,
		}
		if failure, ok := errors.AsType[*warehouse.JobError](status.Err); ok {
			l.Failure = failure.Error()
		} else {
			l.Rows = status.Stats.Rows
		}
		w.loads = append(w.loads, l)
	}
	return status, nil
}

// ended returns the loads that have ended so far.
func (w *loadLog) ended() []Load {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.loads)
}
