package local

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/functions/kit"
	"example.com/rollcall/functions/kit/kittest"
	"example.com/rollcall/functions/medium"
	"example.com/rollcall/functions/medium/mediumtest"
	"example.com/rollcall/functions/sheets"
	"example.com/rollcall/functions/sheets/sheetstest"
	"example.com/rollcall/functions/stripe"
	"example.com/rollcall/functions/stripe/stripetest"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// service describes the service that a source reads: the real one, or a fake.
type service struct {
	// credentials names the settings without a default. If any of them is set, the source reads the real service.
	credentials []string
	source      func(ctx context.Context, env envconfig.Lookuper) (*source.Source, error)
	fake        func(c *creator.Creator) fake
	settings    func(url string) map[string]string // by which the source finds the fake
}

type fake interface {
	http.Handler
	Now() time.Time
	SetNow(t time.Time)
	FailByName(name string) error
}

var services = map[string]service{
	"medium": {
		credentials: []string{"MEDIUM_USERNAME", "MEDIUM_SID", "MEDIUM_UID"},
		source:      fromSettings(medium.New),
		fake:        func(c *creator.Creator) fake { return mediumtest.New(c) },
		settings: func(url string) map[string]string {
			return map[string]string{
				"MEDIUM_URL": url, "MEDIUM_USERNAME": creator.Username, "MEDIUM_SID": mediumtest.SID, "MEDIUM_UID": mediumtest.UID,
				"MEDIUM_INTERVAL": "0s", "MEDIUM_RETRY_WAIT": shortWait,
			}
		},
	},
	"kit": {
		credentials: []string{"KIT_API_KEY"},
		source:      fromSettings(kit.New),
		fake:        func(c *creator.Creator) fake { return kittest.New(c) },
		settings: func(url string) map[string]string {
			return map[string]string{
				"KIT_URL": url + "/v4", "KIT_API_KEY": kittest.Key, "KIT_INTERVAL": "0s", "KIT_RETRY_WAIT": shortWait,
			}
		},
	},
	"stripe": {
		credentials: []string{"STRIPE_API_KEY"},
		source:      fromSettings(stripe.New),
		fake:        func(c *creator.Creator) fake { return stripetest.New(c) },
		settings: func(url string) map[string]string {
			return map[string]string{
				"STRIPE_URL": url, "STRIPE_API_KEY": stripetest.Key, "STRIPE_TEST_DATA": "yes", "STRIPE_RETRY_WAIT": shortWait,
			}
		},
	},
	"sheets": {
		credentials: []string{"SHEETS_ID"},
		source:      fromSettings(sheets.New),
		fake:        func(c *creator.Creator) fake { return sheetstest.New(c) },
		settings: func(url string) map[string]string {
			return map[string]string{"SHEETS_URL": url, "SHEETS_ID": sheetstest.ID, "SHEETS_RETRY_WAIT": shortWait}
		},
	},
}

// shortWait is the first pause between two tries of an invented service, so that a demonstration of a failure
// takes seconds.
const shortWait = "20ms"

// fromSettings returns a function that makes a source from the settings that env holds.
func fromSettings[C any](newSource func(C) (*source.Source, error)) func(context.Context,
	envconfig.Lookuper) (*source.Source, error) {
	return func(ctx context.Context, env envconfig.Lookuper) (*source.Source, error) {
		return source.FromEnv(ctx, env, newSource)
	}
}

// given returns those of the names that the environment sets.
func given(env envconfig.Lookuper, names []string) (set []string) {
	for _, name := range names {
		if value, ok := env.Lookup(name); ok && value != "" {
			set = append(set, name)
		}
	}
	return set
}

// connect makes the source of a service: of the real one, or of an invented one that runs until ctx ends.
func (s service) connect(ctx context.Context, env envconfig.Lookuper, c *creator.Creator,
	failure string) (*source.Source, *Feed, error) {
	if set := given(env, s.credentials); set != nil {
		src, err := s.source(ctx, env)
		if err != nil {
			err = fmt.Errorf("%w (%s is set, so the real service is read)", err, set[0])
		}
		return src, &Feed{Origin: datadir.Live}, err
	}
	invented := s.fake(c)
	if failure != "" {
		if err := invented.FailByName(failure); err != nil {
			return nil, nil, err
		}
	}
	url, err := upstreamtest.Listen(ctx, invented)
	if err != nil {
		return nil, nil, err
	}
	src, err := s.source(ctx, envconfig.MapLookuper(s.settings(url)))
	return src, &Feed{Origin: datadir.Invented, asOf: invented.Now, setTime: invented.SetNow}, err
}

// Credentials returns the settings that make a source read the real service.
func Credentials(source string) []string { return services[source].credentials }

func serviceNames() []string { return slices.Sorted(maps.Keys(services)) }
