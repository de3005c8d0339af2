// Package gcp is a project on Google Cloud that terraform/ has deployed to, as the commands read it and work in it, with
// the credentials of whoever runs them.
//
// What has a name that follows from the project and the pipeline in terraform/*.tf is found by it, so the project's id is
// enough. The settings that the functions have win when they are in the environment.
package gcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"
	"google.golang.org/api/iterator"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/pipeline"
)

// Config are the settings. Each but Project has a default.
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
	// Functions are the functions' addresses by their names without the pipeline's, like {"kit": "https://…"}; empty: as Google
	// lists them. One on this machine is asked without an identity token.
	Functions cloud.URLs `env:"FUNCTION_URLS"`
	// EventsTopic is the topic of loaded and materialized events, by its id.
	EventsTopic string `env:"EVENTS_TOPIC, default=loaded"`
	// DeadLetterTopic is the topic of messages that could not be used, by its id; the subscription to it has the same.
	DeadLetterTopic string `env:"DEAD_LETTER_TOPIC, default=dead-letter"`
}

// Project is a Site, and what a Worker of it needs besides.
type Project struct {
	*deployment.Deployment
	config  Config
	name    string // of the pipeline, as it stands in the names of functions, accounts and buckets
	storage *storage.Client
	pubsub  *pubsub.Client
}

// Open connects to a project. It asks nothing of it yet.
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
			err = errors.Join(fmt.Errorf("project %s: %w; log in with gcloud auth application-default login", id, err), p.Close())
		}
	}()
	if p.storage, err = storage.NewClient(ctx, storage.WithJSONReads()); err != nil {
		return p, fmt.Errorf("connect to Cloud Storage: %w", err)
	}
	if p.pubsub, err = pubsub.NewClient(ctx, id); err != nil {
		return p, fmt.Errorf("connect to Pub/Sub: %w", err)
	}
	p.Deployment = &deployment.Deployment{
		Name:        id,
		Flag:        "--project " + id,
		Pipeline:    declared,
		Manifest:    models.Load(),
		Store:       ledger.NewBucket(p.storage, p.config.LedgerBucket),
		Staging:     staging{p.storage.Bucket(p.config.StagingBucket)},
		DeadLetters: deadLetters{p.pubsub, p.config.Project, p.config.DeadLetterTopic},
		Drops:       quarantine{p.storage.Bucket(p.config.DropsBucket)},
		Close:       p.Close,
	}
	return p, nil
}

// Close ends the connections.
func (p *Project) Close() error {
	var errs []error
	if p.storage != nil {
		errs = append(errs, p.storage.Close())
	}
	if p.pubsub != nil {
		errs = append(errs, p.pubsub.Close())
	}
	p.storage, p.pubsub = nil, nil
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
