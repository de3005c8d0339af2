package bigquery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	bq "google.golang.org/api/bigquery/v2"
	"google.golang.org/api/googleapi"

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
	config := d.configuration(job)
	if err := d.prepare(ctx, job, config); err != nil {
		// Who asks for a job that was submitted before is told that, even if it could not be submitted now.
		if _, known := d.get(ctx, job.ID); known == nil {
			err = warehouse.ErrJobExists
		}
		return fmt.Errorf("job %s: %w", job.ID, err)
	}
	if err := d.insert(ctx, job.ID, config); err != nil {
		return fmt.Errorf("job %s: %w", job.ID, err)
	}
	return nil
}

// prepare does what needs a call before the job's own.
func (d *Driver) prepare(ctx context.Context, job warehouse.Job, config *bq.JobConfiguration) error {
	switch {
	case job.Query != nil && job.Query.Destination != nil:
		return d.checkColumns(ctx, job.ID, *job.Query)
	case job.Load != nil && job.Load.Partition.IsZero():
		have, err := d.getTable(ctx, job.Load.Destination)
		if errors.Is(err, warehouse.ErrNotFound) {
			return nil // which the job will say
		}
		if err != nil {
			return err
		}
		config.Load.TimePartitioning, config.Load.Clustering = have.TimePartitioning, have.Clustering
	}
	return nil
}

// insert starts the job. It may be asked for again when the reply is lost: the id is taken then, and nothing else happens.
func (d *Driver) insert(ctx context.Context, id string, config *bq.JobConfiguration) error {
	_, err := call(ctx, d, func() (*bq.Job, error) {
		insert := d.service.Jobs.Insert(d.project, &bq.Job{Configuration: config, JobReference: d.reference(id)}).Context(ctx)
		if config.Load != nil && len(config.Load.SourceUris) == 0 {
			insert.Media(bytes.NewReader(nil), googleapi.ContentType("application/octet-stream"))
		}
		return insert.Do()
	})
	if answered(err, http.StatusConflict) {
		return warehouse.ErrJobExists
	}
	return refusal(id, err)
}

func (d *Driver) reference(id string) *bq.JobReference {
	return &bq.JobReference{ProjectId: d.project, JobId: id, Location: d.location}
}

// get asks for a job.
func (d *Driver) get(ctx context.Context, id string) (*bq.Job, error) {
	job, err := call(ctx, d, func() (*bq.Job, error) {
		return d.service.Jobs.Get(d.project, id).Location(d.location).Context(ctx).Do()
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
func (d *Driver) poll(ctx context.Context, id string) (*bq.Job, error) {
	for pause := d.pause; ; pause = min(pause*3/2, maxPause) {
		job, err := d.get(ctx, id)
		if err != nil || job.Status != nil && job.Status.State == "DONE" {
			return job, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, fmt.Errorf("job %s is still under way: %w", id, ctx.Err())
		}
	}
}
