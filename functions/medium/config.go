package medium

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"example.com/rollcall/shared/upstream"
)

// Config are the settings, from the environment.
type Config struct {
	// URL is the address of Medium.
	URL string `env:"MEDIUM_URL, default=https://medium.com"`
	// Username is the author's name on Medium, without the @; there is no default. The cookies are to be this author's.
	Username string `env:"MEDIUM_USERNAME"`
	// SID is the value of the cookie sid of a browser in which the author is signed in; there is no default. It is a secret:
	// whoever has it is the author.
	SID string `env:"MEDIUM_SID"`
	// UID is the value of the cookie uid of the same browser, the author's id; there is no default. It is public.
	UID string `env:"MEDIUM_UID"`
	// Interval is the least time between two requests. Medium does not tell its limits; an author who looks at one story
	// after the other is not much faster. Zero does not wait, which suits a server of one's own.
	Interval time.Duration `env:"MEDIUM_INTERVAL, default=1s"`
	// RetryWait is the wait before a failed request is sent again; it doubles from try to try.
	RetryWait time.Duration `env:"MEDIUM_RETRY_WAIT, default=3s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

var usernameRE = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// Validate reports everything that is wrong with the settings, at once.
func (c Config) Validate() error {
	faults := []error{upstream.CheckURL("MEDIUM_URL", c.URL)}
	fault := func(text string) { faults = append(faults, errors.New(text)) }
	switch {
	case c.Username == "":
		fault("MEDIUM_USERNAME is empty; it is what follows medium.com/@ in the address of the author's page")
	case strings.HasPrefix(c.Username, "@"):
		fault("MEDIUM_USERNAME begins with an @; leave the @ out")
	case !usernameRE.MatchString(c.Username):
		fault("MEDIUM_USERNAME holds something else than letters, digits, dots, dashes and underscores")
	}
	for _, cookie := range []struct{ setting, name, value string }{{"MEDIUM_SID", "sid", c.SID}, {"MEDIUM_UID", "uid", c.UID}} {
		switch {
		case cookie.value == "":
			fault(cookie.setting + " is empty; copy the cookie " + cookie.name + " of medium.com from a browser in which the author is signed in")
		case strings.ContainsFunc(cookie.value, notInCookie):
			fault(cookie.setting + " holds what no cookie can hold; copy only the value of the cookie " + cookie.name + ", without its name and without quotes")
		}
	}
	if c.Interval < 0 {
		fault("MEDIUM_INTERVAL is negative; want a time like 1s")
	}
	if c.RetryWait < 0 {
		fault("MEDIUM_RETRY_WAIT is negative; want a time like 3s")
	}
	if c.RetryWait < 0 {
		fault("MEDIUM_RETRY_WAIT is negative; want a time like 3s")
	}
	return errors.Join(faults...)
}

// notInCookie tells what RFC 6265 (section 4.1.1) keeps out of a cookie's value.
func notInCookie(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`",;\`, r) }
