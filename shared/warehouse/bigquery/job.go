package bigquery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"cloud.google.com/go/bigquery"

	"example.com/rollcall/shared/warehouse"
)

// Submit keeps the promise of warehouse.Driver.
func (d *Driver) Submit(ctx context.Context, job warehouse.Job) error {
	if err := job.Validate(); err != nil {
		return err
	}
	if job.Query != nil && job.Query.Target != nil {
		done, err := d.takeTurn(ctx, *job.Query.Target, job.ID)
		if err != nil {
			return fmt.Errorf("job %s: wait for the statement before it on %s: %w", job.ID, job.Query.Target, err)
		}
		defer done()
	}
	standing, err := d.prepare(ctx, job)
	if err != nil {
		// Who asks for a job that was submitted before is told that, even if it could not be submitted now.
		if _, known := d.get(ctx, job.ID); known == nil {
			err = warehouse.ErrJobExists
		}
		return named(job.ID, err)
	}
	return named(job.ID, d.insert(ctx, job, standing))
}

// named is an error with the job's id, which a *warehouse.JobError has already.
func named(id string, err error) error {
	if _, ok := errors.AsType[*warehouse.JobError](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("job %s: %w", id, err)
}

// prepare does what needs a call before the job's own: it checks the columns that a destination would get, and finds the
// table that a load over a whole table replaces.
func (d *Driver) prepare(ctx context.Context, job warehouse.Job) (standing *bigquery.TableMetadata, err error) {
	switch {
	case job.Query != nil && job.Query.Destination != nil:
		return nil, d.checkColumns(ctx, job.ID, *job.Query)
	case job.Load != nil && job.Load.Partition.IsZero():
		standing, err = d.getTable(ctx, job.Load.Destination)
		if errors.Is(err, warehouse.ErrNotFound) {
			return nil, nil // which the job will say
		}
	}
	return standing, err
}

// insert starts the job. It may be asked for again when the reply is lost: the id is taken then, and nothing else happens.
func (d *Driver) insert(ctx context.Context, job warehouse.Job, standing *bigquery.TableMetadata) error {
	_, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) { return d.configure(job, standing).Run(ctx) })
	if answered(err, http.StatusConflict) {
		return warehouse.ErrJobExists
	}
	return refusal(job.ID, err)
}

// get asks for a job.
func (d *Driver) get(ctx context.Context, id string) (*bigquery.Job, error) {
	job, err := call(ctx, d, func(ctx context.Context) (*bigquery.Job, error) {
		return d.client.JobFromIDLocation(ctx, id, d.location)
	})
	if answered(err, http.StatusNotFound) {
		err = warehouse.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("job %s: %w", id, err)
	}
	return job, nil
}

// poll asks for a job until it is done, at longer and longer intervals.
func (d *Driver) poll(ctx context.Context, id string) (*bigquery.Job, error) {
	for pause := d.pause; ; pause = min(pause*3/2, maxPause) {
		job, err := d.get(ctx, id)
		if err != nil || job.LastStatus() != nil && job.LastStatus().Done() {
			return job, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("job %s is still under way: %w", id, ctx.Err())
		}
	}
}
