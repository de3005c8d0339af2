package upstream

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"
)

// CheckURL reports why the value of a setting cannot be a service's address. It must be https, or http on this
// machine, and must have no user, query or fragment. The error leaves out a value that may hold a secret.
func CheckURL(setting, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%s is not an address like https://example.com", setting)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s has a user, a query or a fragment; it must be an address like https://example.com", setting)
	case u.Scheme != "https" && !(u.Scheme == "http" && IsLoopback(value)):
		return fmt.Errorf("%s %q is not https; only an address of this machine may be http", setting, value)
	}
	return nil
}

// CheckWait reports a setting that is a negative time.
func CheckWait(setting string, value time.Duration, example string) error {
	if value < 0 {
		return fmt.Errorf("%s is negative; want a time like %s", setting, example)
	}
	return nil
}

// IsKey reports whether an HTTP header can carry the text as a key: printable ASCII without spaces.
func IsKey(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// IsLoopback reports whether an address is on this machine: localhost, 127.0.0.0/8 or [::1].
func IsLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
