package upstream

import (
	"fmt"
	"net"
	"net/url"
)

// CheckURL reports why the value of a setting cannot be a service's address: it is to be https, or http on this machine,
// with no user, query or fragment. The value itself is left out of the error where it may hold a secret.
func CheckURL(setting, value string) error {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "":
		return fmt.Errorf("%s is no address like https://example.com", setting)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s has a user, a query or a fragment; it is to be an address like https://example.com", setting)
	case u.Scheme != "https" && !(u.Scheme == "http" && IsLoopback(value)):
		return fmt.Errorf("%s %q is not https, which only an address of this machine may do without", setting, value)
	}
	return nil
}

// IsLoopback reports whether an address is of this machine: localhost, 127.0.0.0/8 or [::1].
func IsLoopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
