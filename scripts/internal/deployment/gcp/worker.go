package gcp

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/cenkalti/backoff/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// Worker changes things in a project.
type Worker struct {
	*Project
	events *event.Publisher
	now    func() time.Time
	pause  time.Duration // the first between two polls; it grows from there

	mu     sync.Mutex
	coming []arrival // published because of this worker, and not yet seen in the ledger
}

// arrival is what the ledger holds once an event was handled.
type arrival struct {
	table     string
	partition partition.Partition
	loadedAt  time.Time
	since     time.Time // when it was published
}

// Work returns a worker of the project. Close it before the project.
func (p *Project) Work(now func() time.Time) *Worker {
	return &Worker{Project: p, now: now, pause: 2 * time.Second, events: event.NewPublisher(p.pubsub,
		p.config.EventsTopic)}
}

// Close sends what is not sent yet. The project stays open.
func (w *Worker) Close() error {
	w.events.Stop()
	return nil
}

// RequestLoad calls a source's function with an identity token.
func (w *Worker) RequestLoad(ctx context.Context, r deployment.Request) (result source.Result, err error) {
	client, url, err := w.functions.client(ctx, r.Source)
	if err != nil {
		return result, fmt.Errorf("request %s: %w", r, err)
	}
	if result, err = deployment.Post(ctx, client, url, r); err != nil {
		return result, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, loaded := range append([]source.Result{result}, result.Later...) {
		for _, t := range loaded.Tables {
			w.coming = append(w.coming, arrival{t.Table, t.Partition, t.LoadedAt, w.now()})
		}
	}
	return result, nil
}

// Publish publishes an event to the coordinator's topic.
func (w *Worker) Publish(ctx context.Context, e event.Event) error {
	if err := w.events.Publish(ctx, e); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range e.Tables {
		w.coming = append(w.coming, arrival{t.Table, e.Partition, t.LoadedAt, w.now()})
	}
	return nil
}

// maxAnswer bounds what is read of the sweep's answer.
const maxAnswer = 1 << 20

// Sweep calls the sweep's function until nothing is running any more, ctx ends, or a failure lasts.
func (w *Worker) Sweep(ctx context.Context, from, to partition.Partition) error {
	return w.sweep(ctx, from, to, fmt.Appendf(nil, `{"from":%q,"to":%q}`, from, to))
}

// SweepHolding sweeps for the owner of a hold.
func (w *Worker) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	return w.sweep(ctx, from, to, fmt.Appendf(nil, `{"from":%q,"to":%q,"hold":%q}`, from, to, hold))
}

func (w *Worker) sweep(ctx context.Context, from, to partition.Partition, body []byte) error {
	client, url, err := w.functions.client(ctx, "sweep")
	if err != nil {
		return fmt.Errorf("sweep %s to %s: %w", from, to, err)
	}
	if err := w.until(ctx, func() error { return postSweep(ctx, client, url, body) }); err != nil {
		return fmt.Errorf("sweep %s to %s: %w", from, to, err)
	}
	return nil
}

func postSweep(ctx context.Context, client *http.Client, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return backoff.Permanent(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return err
	case resp.StatusCode == http.StatusOK:
		return nil
	}
	err = fmt.Errorf("the function answered %s: %.300s", resp.Status, text)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return pending{err}
	case resp.StatusCode >= 500:
		return err
	}
	return backoff.Permanent(err)
}

// Restore puts a quarantined file back in its place; Cloud Storage announces it.
func (w *Worker) Restore(ctx context.Context, r deployment.Refused, check func(deployment.Dropped) error) error {
	return deployment.Restore(ctx, w.storage.Bucket(w.config.DropsBucket), r, check, nil)
}

// keeps is how long the topic keeps messages (terraform/pubsub.tf).
const keeps = 31 * 24 * time.Hour

// Seek moves the coordinator's push subscription back.
func (w *Worker) Seek(ctx context.Context, to time.Time) error {
	if back := w.now().Sub(to); back > keeps || back < 0 {
		return fmt.Errorf("seek to %s: messages are kept for 31 days, since %s", to.Format(time.RFC3339),
			w.now().Add(-keeps).Format(time.RFC3339))
	}
	const subscription = "coordinator"
	_, err := w.pubsub.SubscriptionAdminClient.Seek(ctx, &pubsubpb.SeekRequest{
		Subscription: "projects/" + w.config.Project + "/subscriptions/" + subscription,
		Target:       &pubsubpb.SeekRequest_Time{Time: timestamppb.New(to)},
	})
	if err != nil {
		return fmt.Errorf("seek subscription %s to %s: %w", subscription, to.Format(time.RFC3339), err)
	}
	return nil
}

var _ deployment.Worker = (*Worker)(nil)
