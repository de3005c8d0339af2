package drops

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/shared/cloud"
)

func init() { functions.HTTP("Drops", cloud.Handler(fromEnv)) }

func fromEnv(ctx context.Context) (http.Handler, error) {
	var cfg Config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	services, deps, err := cloud.ConnectSource(ctx)
	if err != nil {
		return nil, err
	}
	return Handler(cfg, services.Storage.Bucket(cfg.Bucket), deps)
}
