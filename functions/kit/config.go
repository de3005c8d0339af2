package kit

import (
	"errors"
	"net/http"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config holds the settings, from the environment.
type Config struct {
	// URL is the address of Kit's API V4.
	URL string `env:"KIT_URL, default=https://api.kit.com/v4"`
	// APIKey is a V4 key of the account. It is a secret and has no default.
	APIKey string `env:"KIT_API_KEY"`
	// Interval is the minimum time between two requests. Kit allows 120 in any 60 seconds; the default stays below that.
	// Zero does not wait.
	Interval time.Duration `env:"KIT_INTERVAL, default=510ms"`
	// RetryWait is the wait before the first retry of a request. It doubles from try to try and is spread by a
	// fifth either way. Kit sends 429 without Retry-After and requires at least 2 seconds.
	RetryWait time.Duration `env:"KIT_RETRY_WAIT, default=3s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

// Validate reports everything that is wrong with the settings.
func (c Config) Validate() error {
	faults := []error{
		upstream.CheckURL("KIT_URL", c.URL),
		upstream.CheckWait("KIT_INTERVAL", c.Interval, "510ms"),
		upstream.CheckWait("KIT_RETRY_WAIT", c.RetryWait, "3s"),
	}
	switch {
	case c.APIKey == "":
		faults = append(faults, errors.New("KIT_API_KEY is empty; make a V4 key in Kit under Settings, Developer"))
	case !upstream.IsKey(c.APIKey):
		faults = append(faults, errors.New("KIT_API_KEY contains a space or a line break; copy the key again"))
	}
	return errors.Join(faults...)
}
