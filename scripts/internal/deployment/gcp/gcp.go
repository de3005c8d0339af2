// Package gcp opens a project on Google Cloud that terraform/ has deployed to, with the credentials of the
// person who runs the command.
//
// The project's id is enough, because the names of buckets, topics and accounts follow from it as
// terraform/*.tf says. A setting of the functions in the environment takes precedence.
package gcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"
	"google.golang.org/api/iterator"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// Config holds the settings. Each but Project has a default.
type Config struct {
	Project string // id of the Google Cloud project
	// LedgerBucket is the bucket of the ledger, without gs://; terraform names it <project>-<pipeline>-ledger.
	LedgerBucket string `env:"LEDGER_BUCKET"`
	// DropsBucket is the bucket of dropped files, without gs://; terraform names it <project>-<pipeline>-drops.
	DropsBucket string `env:"DROPS_BUCKET"`
	// StagingBucket is the bucket in which sources stage, without gs://; terraform names it <project>-<pipeline>-staging.
	StagingBucket string `env:"STAGING_BUCKET"`
	// Location is where the datasets are; empty: as the deployed coordinator has it.
	Location string `env:"BIGQUERY_LOCATION"`
	// Functions holds the functions' addresses by their names without the pipeline's, like {"kit": "https://…"};
	// empty: as Google lists them. One on this machine is called without an identity token.
	Functions cloud.URLs `env:"FUNCTION_URLS"`
	// EventsTopic is the topic of loaded and materialized events, by its id.
	EventsTopic string `env:"EVENTS_TOPIC, default=loaded"`
	// DeadLetterTopic is the topic of messages that could not be processed, by its id; the subscription to it has
	// the same id.
	DeadLetterTopic string `env:"DEAD_LETTER_TOPIC, default=dead-letter"`
}

// Project is a deployment in a project on Google Cloud.
type Project struct {
	*deployment.Deployment
	config    Config
	name      string // of the pipeline, as it appears in the names of functions, accounts and buckets
	storage   *storage.Client
	pubsub    *pubsub.Client
	functions *deployed

	mu       sync.Mutex
	bigquery *bigquery.Driver // nil until something is estimated
}

// Open connects to a project. It makes no request yet.
func Open(ctx context.Context, id string, env envconfig.Lookuper) (_ *Project, err error) {
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return nil, err
	}
	p := &Project{config: Config{Project: id}, name: strings.ReplaceAll(declared.Name, "_", "-")}
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &p.config, Lookuper: env}); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	if p.config.LedgerBucket == "" {
		p.config.LedgerBucket = id + "-" + p.name + "-ledger"
	}
	if p.config.DropsBucket == "" {
		p.config.DropsBucket = id + "-" + p.name + "-drops"
	}
	if p.config.StagingBucket == "" {
		p.config.StagingBucket = id + "-" + p.name + "-staging"
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("project %s: %w; log in with gcloud auth application-default login", id,
				err), p.Close())
		}
	}()
	if p.storage, err = storage.NewClient(ctx, storage.WithJSONReads()); err != nil {
		return p, fmt.Errorf("connect to Cloud Storage: %w", err)
	}
	if p.pubsub, err = pubsub.NewClient(ctx, id); err != nil {
		return p, fmt.Errorf("connect to Pub/Sub: %w", err)
	}
	account := p.name + "-scheduler@" + id + ".iam.gserviceaccount.com"
	p.functions = &deployed{project: id, pipeline: p.name, urls: p.config.Functions, list: listFunctions(id),
		tokens: identity(account)}
	p.Deployment = &deployment.Deployment{
		Name:        id,
		Flag:        "--project " + id,
		Pipeline:    declared,
		Manifest:    models.Load(manifest.BigQuery),
		Store:       ledger.NewBucket(p.storage, p.config.LedgerBucket),
		Staging:     coordinator.BucketStaging{Bucket: p.storage.Bucket(p.config.StagingBucket)},
		DeadLetters: deadLetters{p.pubsub, p.config.Project, p.config.DeadLetterTopic},
		Drops:       quarantine{p.storage.Bucket(p.config.DropsBucket)},
		Estimate:    p.estimate,
		Close:       p.Close,
	}
	return p, nil
}

// Close ends the connections. A second call does nothing.
func (p *Project) Close() error {
	var errs []error
	if p.storage != nil {
		errs = append(errs, p.storage.Close())
	}
	if p.pubsub != nil {
		errs = append(errs, p.pubsub.Close())
	}
	if p.bigquery != nil {
		errs = append(errs, p.bigquery.Close())
	}
	p.storage, p.pubsub, p.bigquery = nil, nil, nil
	return errors.Join(errs...)
}

// quarantine reads the bucket of drops.
type quarantine struct{ bucket *storage.BucketHandle }

// maxReason bounds what is read of a file's reason.
const maxReason = 64 << 10

func (q quarantine) Reasons(ctx context.Context, limit int) (map[string][]byte, error) {
	query := &storage.Query{Prefix: deployment.QuarantinePrefix, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for it := q.bucket.Objects(ctx, query); len(texts) < limit; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("list gs://%s/%s: %w", q.bucket.BucketName(), deployment.QuarantinePrefix, err)
		}
		if !strings.HasSuffix(attrs.Name, deployment.ReasonSuffix) {
			continue
		}
		if texts[attrs.Name], err = q.read(ctx, attrs.Name); err != nil {
			return nil, fmt.Errorf("read gs://%s/%s: %w", q.bucket.BucketName(), attrs.Name, err)
		}
	}
	return texts, nil
}

func (q quarantine) read(ctx context.Context, name string) (text []byte, err error) {
	r, err := q.bucket.Object(name).NewReader(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, maxReason))
}

// estimate returns how many bytes a dry run of the stage query says that it would read. The jobs that follow it
// read only the staged rows.
func (p *Project) estimate(
	ctx context.Context, m *manifest.Model, q partition.Partition, inputs []ledger.Arrival,
) (int64, error) {
	estimator, err := p.openEstimator(ctx)
	if err != nil {
		return 0, fmt.Errorf("estimate %s %s: %w", m.Name, q, err)
	}
	sql := m.SQL[manifest.BigQuery].Stage
	n, err := estimator.Estimate(ctx, warehouse.Query{SQL: sql, Params: run.Parameters(sql, m, q, inputs)})
	if err != nil {
		return 0, fmt.Errorf("estimate %s %s: %w", m.Name, q, err)
	}
	return n, nil
}

// openEstimator connects to BigQuery, once, where the coordinator's datasets are.
func (p *Project) openEstimator(ctx context.Context) (warehouse.Estimator, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bigquery != nil {
		return p.bigquery, nil
	}
	location := p.config.Location
	if location == "" {
		f, err := p.functions.find(ctx, "coordinator")
		if err != nil {
			return nil, err
		}
		location = f.ServiceConfig.EnvironmentVariables["BIGQUERY_LOCATION"]
	}
	var err error
	p.bigquery, err = bigquery.Open(ctx, bigquery.Options{Project: p.config.Project, Location: location})
	return p.bigquery, err
}
