// Package function is what is deployed of the coordinator: two HTTP functions, Coordinator for Pub/Sub pushes
// and Sweep for Cloud Scheduler. It alone knows the functions framework, the environment and Cloud Tasks.
package function

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/cloud"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
)

func init() {
	functions.HTTP("Coordinator", cloud.Handler(fromEnv))
	functions.HTTP("Sweep", cloud.Handler(sweeperFromEnv))
}

// fromEnv makes the coordinator that the environment describes.
func fromEnv(ctx context.Context) (http.Handler, error) {
	cfg := Config{Limits: coordinator.DefaultLimits()}
	if err := read(ctx, &cfg); err != nil {
		return nil, err
	}
	s, err := cloud.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return connect(cfg, s)
}

// sweeperFromEnv makes the sweep that the environment describes.
func sweeperFromEnv(ctx context.Context) (http.Handler, error) {
	cfg := SweepConfig{Config: Config{Limits: coordinator.DefaultLimits()}}
	if err := read(ctx, &cfg); err != nil {
		return nil, err
	}
	s, err := cloud.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, err := connect(cfg.Config, s)
	if err != nil {
		return nil, err
	}
	requester, err := NewTasks(ctx, cfg.LoadQueue, cfg.LoadAccount, cfg.SourceURLs)
	if err != nil {
		return nil, err
	}
	c.Staging = coordinator.BucketStaging{Bucket: s.Storage.Bucket(cfg.StagingBucket)}
	return coordinator.NewSweeper(c, coordinator.SweepDeps{Requester: requester, Days: cfg.Days}), nil
}

// read fills cfg from the environment and validates it.
func read(ctx context.Context, cfg interface{ Validate() error }) error {
	if err := envconfig.Process(ctx, cfg); err != nil {
		return err
	}
	return cfg.Validate()
}

// connect makes a coordinator that works with the services of Google Cloud.
func connect(cfg Config, s *cloud.Services) (*coordinator.Coordinator, error) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return nil, err
	}
	return coordinator.New(cfg.Limits, coordinator.Deps{
		Pipeline:    p,
		Manifest:    models.Load(manifest.BigQuery),
		Store:       ledger.NewBucket(s.Storage, cfg.LedgerBucket),
		Warehouse:   s.Warehouse,
		Events:      event.NewPublisher(s.PubSub, s.Config.EventsTopic),
		DeadLetters: event.NewPublisher(s.PubSub, cfg.DeadLetterTopic),
		Project:     s.Config.Project,
		Log:         s.Log,
	})
}
