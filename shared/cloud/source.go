package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
)

// Config holds the settings of every function of the pipeline, besides its own. Terraform sets them.
type Config struct {
	// Project is the id of the Google Cloud project.
	Project string `env:"GOOGLE_CLOUD_PROJECT"`
	// Location is where the BigQuery datasets are: EU, US, europe-west1 …
	Location string `env:"BIGQUERY_LOCATION"`
	// Pipeline is the pipeline's name, a label on every job.
	Pipeline string `env:"PIPELINE, default=rollcall"`
	// EventsTopic is the id of the topic of loaded and materialized events.
	EventsTopic string `env:"EVENTS_TOPIC, default=loaded"`
	// LogLevel is the lowest level that is logged: DEBUG, INFO, WARN or ERROR.
	LogLevel slog.Level `env:"LOG_LEVEL, default=INFO"`
}

// Services holds connections that a function keeps for the life of its instance.
type Services struct {
	Config    Config
	Storage   *storage.Client
	PubSub    *pubsub.Client
	Warehouse warehouse.Driver
	Log       *slog.Logger
}

// Connect reads Config from the environment and opens the connections. It reports everything that is wrong with
// the settings at once. The secrets are kept out of the log.
func Connect(ctx context.Context, secrets ...string) (*Services, error) {
	var cfg Config
	if err := readEnv(ctx, &cfg); err != nil {
		return nil, err
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return cfg.connect(ctx, secrets)
}

func readEnv(ctx context.Context, cfg any) error {
	if err := envconfig.Process(ctx, cfg); err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	return nil
}

func (c Config) validate() error {
	return errors.Join(
		present("BIGQUERY_LOCATION", c.Location), present("EVENTS_TOPIC", c.EventsTopic),
		present("GOOGLE_CLOUD_PROJECT", c.Project),
	)
}

func present(setting, value string) error {
	if value == "" {
		return fmt.Errorf("%s is empty; fix: terraform apply sets it", setting)
	}
	return nil
}

func (c Config) connect(ctx context.Context, secrets []string) (*Services, error) {
	s := &Services{Config: c, Log: cloudlog.New(os.Stderr, c.LogLevel, secrets...)}
	var err error
	if s.Storage, err = storage.NewClient(ctx); err != nil {
		return nil, fmt.Errorf("connect to Cloud Storage: %w", err)
	}
	if s.PubSub, err = pubsub.NewClient(ctx, c.Project); err != nil {
		return nil, fmt.Errorf("connect to Pub/Sub: %w", err)
	}
	s.Warehouse, err = bigquery.Open(ctx, bigquery.Options{Project: c.Project, Location: c.Location})
	if err != nil {
		return nil, fmt.Errorf("connect to BigQuery: %w", err)
	}
	return s, nil
}

// SourceConfig holds the settings of every source's function, besides the source's own. Terraform sets them.
type SourceConfig struct {
	Config
	// StagingBucket is where rows are staged, without gs://.
	StagingBucket string `env:"STAGING_BUCKET"`
	// Section is the source's section of coordinator/pipeline.yaml, as JSON: {"kit": {"cadence": "daily", …}}.
	Section string `env:"PIPELINE_SOURCE"`
}

// Source returns the function of a source that has the settings C. It reads them and SourceConfig from the
// environment, and reports everything that is wrong with them at once.
func Source[C any](newSource func(C) (*source.Source, error)) http.HandlerFunc {
	return Handler(func(ctx context.Context) (http.Handler, error) {
		src, err := source.FromEnv(ctx, envconfig.OsLookuper(), newSource)
		if err != nil {
			_, _, more := readSourceConfig(ctx)
			return nil, errors.Join(err, more)
		}
		_, deps, err := ConnectSource(ctx, src.Secrets...)
		if err != nil {
			return nil, err
		}
		runner, err := source.NewRunner(src, deps)
		if err != nil {
			return nil, err
		}
		return runner.Handler(), nil
	})
}

// ConnectSource reads SourceConfig from the environment and opens the connections of a source's function.
func ConnectSource(ctx context.Context, secrets ...string) (*Services, source.Deps, error) {
	cfg, section, err := readSourceConfig(ctx)
	if err != nil {
		return nil, source.Deps{}, err
	}
	s, err := cfg.connect(ctx, secrets)
	if err != nil {
		return nil, source.Deps{}, err
	}
	return s, source.Deps{
		Section:   section,
		Pipeline:  cfg.Pipeline,
		Staging:   s.Storage.Bucket(cfg.StagingBucket),
		Warehouse: s.Warehouse,
		Publish:   event.NewPublisher(s.PubSub, cfg.EventsTopic).Publish,
		Log:       s.Log,
	}, nil
}

func readSourceConfig(ctx context.Context) (cfg SourceConfig, section *pipeline.Source, err error) {
	if err := readEnv(ctx, &cfg); err != nil {
		return cfg, nil, err
	}
	err = errors.Join(cfg.validate(), present("STAGING_BUCKET", cfg.StagingBucket),
		present("PIPELINE_SOURCE", cfg.Section))
	if cfg.Section != "" {
		var fault error
		if section, fault = pipeline.ParseSource([]byte(cfg.Section)); fault != nil {
			err = errors.Join(err,
				fmt.Errorf("PIPELINE_SOURCE: %w; fix: correct coordinator/pipeline.yaml and run terraform apply", fault))
		}
	}
	return cfg, section, err
}
