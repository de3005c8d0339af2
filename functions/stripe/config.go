package stripe

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config holds the settings, from the environment.
type Config struct {
	// URL is the address of Stripe's API, without the /v1.
	URL string `env:"STRIPE_URL, default=https://api.stripe.com"`
	// APIKey is a restricted key (rk_…) that may read balance transactions, or a secret key (sk_…). It is a secret
	// and has no default.
	APIKey string `env:"STRIPE_API_KEY"`
	// TestData must be "yes" to load the data of Stripe's test mode, which is no revenue.
	TestData string `env:"STRIPE_TEST_DATA"`
	// RetryWait is the wait before the first retry of a request. It doubles from try to try.
	RetryWait time.Duration `env:"STRIPE_RETRY_WAIT, default=2s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

// Validate reports everything that is wrong with the settings.
func (c Config) Validate() error {
	faults := []error{
		upstream.CheckURL("STRIPE_URL", c.URL), upstream.CheckWait("STRIPE_RETRY_WAIT", c.RetryWait, "2s"),
	}
	switch {
	case c.APIKey == "":
		faults = append(faults, errors.New("STRIPE_API_KEY is empty; make a restricted key that may read balance transactions "+
			"in Stripe under Developers, API keys"))
	case strings.HasPrefix(c.APIKey, "pk_"):
		faults = append(faults, errors.New("STRIPE_API_KEY is a publishable key (pk_), which cannot read anything; use a restricted one (rk_)"))
	case !keyRE.MatchString(c.APIKey), !upstream.IsKey(c.APIKey):
		faults = append(faults, errors.New("STRIPE_API_KEY is not like rk_live_… or sk_live_…; copy the key again"))
	case c.mode() == "test" && c.TestData != "yes":
		faults = append(faults, errors.New("STRIPE_API_KEY is a key of Stripe's test mode, whose data is no revenue; "+
			"store a live key, or set STRIPE_TEST_DATA=yes in a mart that is a test itself"))
	}
	return errors.Join(faults...)
}

var keyRE = regexp.MustCompile(`^[rs]k_(live|test)_`)

// mode returns the mode of Stripe that the key belongs to: live or test. They share no data.
func (c Config) mode() string { return c.APIKey[len("rk_"):len("rk_live")] }
