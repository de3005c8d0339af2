package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/cenkalti/backoff/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// Worker works in a project.
type Worker struct {
	*Project
	functions *deployed
	events    *event.Publisher
	now       func() time.Time
	pause     time.Duration // the first between two questions; it grows from there

	mu       sync.Mutex
	bigquery *bigquery.Driver // nil until something is estimated
	coming   []arrival        // published because of this worker, and not yet seen in the ledger
}

// arrival is what an event, once handled, has put in the ledger.
type arrival struct {
	table     string
	partition partition.Partition
	loadedAt  time.Time
	since     time.Time // when it was published
}

// Work makes a worker of a project. Close it before the project.
func (p *Project) Work(now func() time.Time) *Worker {
	account := p.name + "-scheduler@" + p.config.Project + ".iam.gserviceaccount.com"
	return &Worker{
		Project: p, now: now, pause: 2 * time.Second,
		functions: &deployed{project: p.config.Project, pipeline: p.name, urls: p.config.Functions, list: listFunctions(p.config.Project), tokens: identity(account)},
		events:    event.NewPublisher(p.pubsub, p.config.EventsTopic),
	}
}

// Close sends what is under way. The project stays open.
func (w *Worker) Close() error {
	w.events.Stop()
	if w.bigquery != nil {
		return w.bigquery.Close()
	}
	return nil
}

// RequestLoad asks a source's function with an identity token.
func (w *Worker) RequestLoad(ctx context.Context, name string, p partition.Partition) error {
	client, url, err := w.functions.client(ctx, name)
	if err != nil {
		return fmt.Errorf("ask %s for %s: %w", name, p, err)
	}
	answer, err := deployment.RequestLoad(ctx, client, name, url, p, nil, deployment.Explicit(p))
	if err != nil {
		return err
	}
	var result source.Result
	if err := json.Unmarshal(answer, &result); err != nil {
		return fmt.Errorf("ask %s for %s: the answer is no result of a load: %w", name, p, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range result.Tables {
		w.coming = append(w.coming, arrival{t.Table, t.Partition, t.LoadedAt, w.now()})
	}
	return nil
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

// Sweep asks the sweep's function until nothing is under way any more, ctx ends, or there is trouble that does not pass.
func (w *Worker) Sweep(ctx context.Context, from, to partition.Partition) error {
	return w.sweep(ctx, from, to, fmt.Appendf(nil, `{"from":%q,"to":%q}`, from, to))
}

// SweepHolding is Sweep for the one whose hold it is.
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
		return underWay{err}
	case resp.StatusCode >= 500:
		return err
	}
	return backoff.Permanent(err)
}

// Restore puts a quarantined file in its place again; Cloud Storage tells of it.
func (w *Worker) Restore(ctx context.Context, r deployment.Refused, check func(deployment.Dropped) error) error {
	return deployment.Restore(ctx, w.storage.Bucket(w.config.DropsBucket), r, check, nil)
}

// keeps is how long the topic keeps messages (terraform/pubsub.tf).
const keeps = 31 * 24 * time.Hour

// Seek sets the coordinator's push subscription back.
func (w *Worker) Seek(ctx context.Context, to time.Time) error {
	if back := w.now().Sub(to); back > keeps || back < 0 {
		return fmt.Errorf("seek to %s: messages are kept for 31 days, since %s", to.Format(time.RFC3339), w.now().Add(-keeps).Format(time.RFC3339))
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

// Estimate is what a dry run of the stage query says that it would read. The jobs that follow it read the staged rows only.
func (w *Worker) Estimate(ctx context.Context, m *manifest.Model, p partition.Partition) (int64, error) {
	estimator, err := w.openEstimator(ctx)
	if err != nil {
		return 0, fmt.Errorf("estimate %s %s: %w", m.Name, p, err)
	}
	sql := m.SQL[manifest.BigQuery].Stage
	n, err := estimator.Estimate(ctx, warehouse.Query{SQL: sql, Params: run.Parameters(sql, p)})
	if err != nil {
		return 0, fmt.Errorf("estimate %s %s: %w", m.Name, p, err)
	}
	return n, nil
}

// openEstimator connects to BigQuery once, where the coordinator's datasets are.
func (w *Worker) openEstimator(ctx context.Context) (warehouse.Estimator, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.bigquery != nil {
		return w.bigquery, nil
	}
	location := w.config.Location
	if location == "" {
		f, err := w.functions.find(ctx, "coordinator")
		if err != nil {
			return nil, err
		}
		location = f.ServiceConfig.EnvironmentVariables["BIGQUERY_LOCATION"]
	}
	var err error
	w.bigquery, err = bigquery.Open(ctx, bigquery.Options{Project: w.config.Project, Location: location})
	return w.bigquery, err
}
