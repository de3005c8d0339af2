package kit

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/shared/cloud"
)

func init() { functions.HTTP("Kit", cloud.Handler(fromEnv)) }

// fromEnv serves the source that the environment describes.
func fromEnv(ctx context.Context) (http.Handler, error) {
	var cfg Config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return nil, err
	}
	src, err := New(cfg)
	if err != nil {
		return nil, err
	}
	return cloud.Source(ctx, src)
}
