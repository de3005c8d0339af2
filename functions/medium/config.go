package medium

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
	// URL is the address of Medium.
	URL string `env:"MEDIUM_URL, default=https://medium.com"`
	// Username is the author's name on Medium, without the @. It has no default. The cookies must be this author's.
	Username string `env:"MEDIUM_USERNAME"`
	// SID is the value of the cookie sid of a browser in which the author is signed in. It is a secret, with which
	// anyone can act as the author, and has no default.
	SID string `env:"MEDIUM_SID"`
	// UID is the value of the cookie uid of the same browser, the author's id. It is public and has no default.
	UID string `env:"MEDIUM_UID"`
	// Interval is the minimum time between two requests. Medium does not publish its limits; the default is about
	// as fast as a person who opens one story after the other. Zero does not wait.
	Interval time.Duration `env:"MEDIUM_INTERVAL, default=1s"`
	// RetryWait is the wait before the first retry of a request. It doubles from try to try.
	RetryWait time.Duration `env:"MEDIUM_RETRY_WAIT, default=3s"`

	transport http.RoundTripper // of tests; nil: net/http's own
}

var usernameRE = regexp.MustCompile(`^[A-Za-z0-9._-]{1,100}$`)

// Validate reports everything that is wrong with the settings.
func (c Config) Validate() error {
	faults := []error{
		upstream.CheckURL("MEDIUM_URL", c.URL),
		upstream.CheckWait("MEDIUM_INTERVAL", c.Interval, "1s"),
		upstream.CheckWait("MEDIUM_RETRY_WAIT", c.RetryWait, "3s"),
	}
	fault := func(text string) { faults = append(faults, errors.New(text)) }
	switch {
	case c.Username == "":
		fault("MEDIUM_USERNAME is empty; it is what follows medium.com/@ in the address of the author's page")
	case strings.HasPrefix(c.Username, "@"):
		fault("MEDIUM_USERNAME begins with an @; remove the @")
	case !usernameRE.MatchString(c.Username):
		fault("MEDIUM_USERNAME may only hold letters, digits, dots, dashes and underscores")
	}
	for _, cookie := range []struct{ setting, name, value string }{{"MEDIUM_SID", "sid", c.SID}, {"MEDIUM_UID", "uid", c.UID}} {
		switch {
		case cookie.value == "":
			fault(cookie.setting + " is empty; copy the cookie " + cookie.name +
				" of medium.com from a browser in which the author is signed in")
		case strings.ContainsFunc(cookie.value, notInCookie):
			fault(cookie.setting + " holds characters that a cookie cannot hold; copy only the value of the cookie " +
				cookie.name + ", without its name and without quotes")
		}
	}
	return errors.Join(faults...)
}

// notInCookie reports whether a cookie's value cannot hold r, by RFC 6265, section 4.1.1.
func notInCookie(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`",;\`, r) }
