package kit

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config are the settings, from the environment.
type Config struct {
	// URL is the address of Kit's API V4.
	URL string `env:"KIT_URL, default=https://api.kit.com/v4"`
	// APIKey is a V4 key of the account; there is no default. It is a secret.
	APIKey string `env:"KIT_API_KEY"`
	// Interval is the least time between two requests. Kit allows 120 in any 60 seconds; the default stays below that.
	// Zero does not wait, which suits a server of one's own.
	Interval time.Duration `env:"KIT_INTERVAL, default=510ms"`
	// RetryWait is the wait before a failed request is sent again; it doubles from try to try, and is spread by a fifth either
	// way. A 429 of Kit's may say nothing of when to come back, and wants 2 seconds at the least.
	RetryWait time.Duration `env:"KIT_RETRY_WAIT, default=3s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

// Validate reports everything that is wrong with the settings, at once.
func (c Config) Validate() error {
	faults := []error{upstream.CheckURL("KIT_URL", c.URL)}
	switch {
	case c.APIKey == "":
		faults = append(faults, errors.New("KIT_API_KEY is empty; make a V4 key in Kit under Settings, Developer"))
	case strings.ContainsFunc(c.APIKey, notPrintable):
		faults = append(faults, errors.New("KIT_API_KEY holds a space or a line break; copy the key again"))
	}
	if c.Interval < 0 {
		faults = append(faults, errors.New("KIT_INTERVAL is negative; want a time like 510ms"))
	}
	if c.RetryWait < 0 {
		faults = append(faults, errors.New("KIT_RETRY_WAIT is negative; want a time like 3s"))
	}
	return errors.Join(faults...)
}

// notPrintable tells what no HTTP header can carry within a key.
func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
