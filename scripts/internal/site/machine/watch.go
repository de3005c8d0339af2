package main

import (
	"context"
	"errors"
	"sync"

	"example.com/rollcall/shared/warehouse"
)

// watch passes everything on to a warehouse, and takes note of each load job that ends.
type watch struct {
	warehouse.Driver
	mu      sync.Mutex
	pending map[string]warehouse.Job // load jobs by id
	loads   []item
}

func newWatch(d warehouse.Driver) *watch {
	return &watch{Driver: d, pending: map[string]warehouse.Job{}, loads: []item{}}
}

func (w *watch) Submit(ctx context.Context, job warehouse.Job) error {
	if job.Load != nil {
		w.mu.Lock()
		w.pending[job.ID] = job
		w.mu.Unlock()
	}
	return w.Driver.Submit(ctx, job)
}

func (w *watch) Wait(ctx context.Context, id string) (warehouse.Status, error) {
	status, err := w.Driver.Wait(ctx, id)
	if err != nil || !status.Done {
		return status, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if job, ok := w.pending[id]; ok {
		delete(w.pending, id)
		it := item{
			Source: job.Labels["source"], Table: job.Load.Destination.String(), Partition: job.Load.Partition,
			Milliseconds: status.Stats.Duration.Milliseconds(),
		}
		var failure *warehouse.JobError
		if errors.As(status.Err, &failure) {
			it.Reason = failure.Error()
		} else {
			it.Rows = &status.Stats.Rows
		}
		w.loads = append(w.loads, it)
	}
	return status, nil
}

// ended are the loads that have ended so far.
func (w *watch) ended() []item {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]item{}, w.loads...)
}
