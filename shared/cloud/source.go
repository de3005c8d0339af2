package cloud

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/warehouse"
)

// Config is what every function of the pipeline is told, besides what is its own. Terraform sets it.
type Config struct {
	// Project is the id of the Google Cloud project.
	Project string `env:"GOOGLE_CLOUD_PROJECT"`
	// Location is where the BigQuery datasets are: EU, US, europe-west2 …
	Location string `env:"BIGQUERY_LOCATION"`
	// Pipeline is the pipeline's name, a label on every job.
	Pipeline string `env:"PIPELINE, default=rollcall"`
	// EventsTopic is the topic of loaded and materialized events, by its id.
	EventsTopic string `env:"EVENTS_TOPIC, default=loaded"`
	// LogLevel is the least level that is logged: DEBUG, INFO, WARN or ERROR.
	LogLevel slog.Level `env:"LOG_LEVEL, default=INFO"`
}

// Services are connections that a function keeps for the life of its instance.
type Services struct {
	Config    Config
	Storage   *storage.Client
	PubSub    *pubsub.Client
	Warehouse warehouse.Driver
	Log       *slog.Logger
}

// Connect reads the environment, reporting all that is wrong with it at once, and opens the connections. No secret of
// the list reaches a log line.
func Connect(ctx context.Context, secrets ...string) (*Services, error) {
	s := &Services{}
	if err := envconfig.Process(ctx, &s.Config); err != nil {
		return nil, fmt.Errorf("environment: %w", err)
	}
	if err := present(map[string]string{
		"GOOGLE_CLOUD_PROJECT": s.Config.Project, "BIGQUERY_LOCATION": s.Config.Location, "EVENTS_TOPIC": s.Config.EventsTopic,
	}); err != nil {
		return nil, err
	}
	s.Log = cloudlog.New(os.Stderr, s.Config.LogLevel, secrets...)
	var err error
	if s.Storage, err = storage.NewClient(ctx); err != nil {
		return nil, fmt.Errorf("connect to Cloud Storage: %w", err)
	}
	if s.PubSub, err = pubsub.NewClient(ctx, s.Config.Project); err != nil {
		return nil, fmt.Errorf("connect to Pub/Sub: %w", err)
	}
	if s.Warehouse, err = openWarehouse(ctx, s.Config); err != nil {
		return nil, fmt.Errorf("connect to BigQuery: %w", err)
	}
	return s, nil
}

// present reports every setting that is empty, at once.
func present(settings map[string]string) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if settings[name] == "" {
			faults = append(faults, fmt.Errorf("%s is empty; terraform apply sets it", name))
		}
	}
	return errors.Join(faults...)
}

// Source serves a source as a deployed function: staged in STAGING_BUCKET, loaded into BigQuery, published to
// EVENTS_TOPIC.
func Source(ctx context.Context, src *source.Source) (http.Handler, error) {
	runner, _, err := Runner(ctx, src)
	if err != nil {
		return nil, err
	}
	return runner.Handler(), nil
}

// Runner is Source for a function that has a handler of its own.
func Runner(ctx context.Context, src *source.Source) (*source.Runner, *Services, error) {
	s, err := Connect(ctx, src.Secrets...)
	if err != nil {
		return nil, nil, err
	}
	deps, err := s.Deps()
	if err != nil {
		return nil, nil, err
	}
	return source.NewRunner(src, deps), s, nil
}

// Deps are the services as a source uses them.
func (s *Services) Deps() (source.Deps, error) {
	staging := os.Getenv("STAGING_BUCKET") // without gs://
	if err := present(map[string]string{"STAGING_BUCKET": staging}); err != nil {
		return source.Deps{}, err
	}
	return source.Deps{
		Staging:   s.Storage.Bucket(staging),
		Warehouse: s.Warehouse,
		Publish:   event.NewPublisher(s.PubSub, s.Config.EventsTopic).Publish,
		Pipeline:  s.Config.Pipeline,
		Log:       s.Log,
	}, nil
}
