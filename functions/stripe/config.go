package stripe

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config are the settings, from the environment.
type Config struct {
	// URL is the address of Stripe's API, without the /v1.
	URL string `env:"STRIPE_URL, default=https://api.stripe.com"`
	// APIKey is a restricted key (rk_…) that may read balance transactions, or a secret key (sk_…). There is no default.
	// It is a secret.
	APIKey string `env:"STRIPE_API_KEY"`
	// RetryWait is the wait before a failed request is sent again; it doubles from try to try.
	RetryWait time.Duration `env:"STRIPE_RETRY_WAIT, default=2s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

// Validate reports everything that is wrong with the settings, at once.
func (c Config) Validate() error {
	faults := []error{upstream.CheckURL("STRIPE_URL", c.URL)}
	switch {
	case c.APIKey == "":
		faults = append(faults, errors.New("STRIPE_API_KEY is empty; make a restricted key that may read balance transactions "+
			"in Stripe under Developers, API keys"))
	case strings.HasPrefix(c.APIKey, "pk_"):
		faults = append(faults, errors.New("STRIPE_API_KEY is a publishable key (pk_), which may read nothing; use a restricted one (rk_)"))
	case !strings.HasPrefix(c.APIKey, "rk_") && !strings.HasPrefix(c.APIKey, "sk_"), strings.ContainsFunc(c.APIKey, notPrintable):
		faults = append(faults, errors.New("STRIPE_API_KEY is not like rk_live_… or sk_live_…; copy the key again"))
	}
	if c.RetryWait < 0 {
		faults = append(faults, errors.New("STRIPE_RETRY_WAIT is negative; want a time like 2s"))
	}
	return errors.Join(faults...)
}

// notPrintable tells what no HTTP header can carry within a key.
func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// mode says whether the key belongs to Stripe's live or test mode, whose data have nothing in common.
func (c Config) mode() string {
	switch {
	case strings.HasPrefix(c.APIKey[2:], "_live_"):
		return "live"
	case strings.HasPrefix(c.APIKey[2:], "_test_"):
		return "test"
	}
	return "unknown"
}
