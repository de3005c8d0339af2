package medium

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
)

// money is an amount as Medium sends it: whole units, and billionths of a unit of the same sign.
type money struct {
	Currency string `json:"currencyCode"`
	Units    int64  `json:"units"`
	Nanos    int64  `json:"nanos"`
}

// decimal is the exact amount: 14 units and 350000000 nanos are "14.350000000".
func (m money) decimal() (string, error) {
	if m.Nanos <= -1e9 || m.Nanos >= 1e9 || m.Units > 0 && m.Nanos < 0 || m.Units < 0 && m.Nanos > 0 {
		return "", fmt.Errorf("%d units and %d nanos are no amount of money", m.Units, m.Nanos)
	}
	sign := ""
	if m.Units < 0 || m.Nanos < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%s.%09d", sign, strings.TrimPrefix(fmt.Sprint(m.Units), "-"), max(m.Nanos, -m.Nanos)), nil
}

// numberRE bounds what cents reads: amounts beyond it are nobody's earnings, and a great exponent would cost memory.
var numberRE = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$`)

// cents is an amount as a plain decimal, digit for digit up to nine decimal places. What lies beyond them is the noise of
// the sender's binary fractions (21.000000000000004) and is rounded away.
func cents(n json.Number) (string, error) {
	if !numberRE.MatchString(n.String()) {
		return "", fmt.Errorf("%.60q is no amount in cents", n.String())
	}
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return "", fmt.Errorf("%.60q is no amount in cents", n.String())
	}
	return r.FloatString(9), nil
}

// millis is an instant in milliseconds since 1970.
type millis int64

func (m millis) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// instant is nil for nil, so that a null stays one.
func instant(m *millis) *time.Time {
	if m == nil {
		return nil
	}
	t := m.time()
	return &t
}

func toMillis(t time.Time) millis { return millis(t.UnixMilli()) }
