package medium

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strings"
	"time"

	"example.com/rollcall/shared/source"
)

type answer struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

// decode reads an answer's data. It fails for an answer that holds an error, whatever data comes with it.
func decode(body []byte, data any) error {
	if text := bytes.TrimSpace(body); len(text) > 0 && text[0] == '<' {
		if isChallenge(text) {
			return errChallenge()
		}
		return source.Errorf(newCookie, "Medium answered with a web page instead of data: the cookies are signed out")
	}
	var answers []answer
	if err := json.Unmarshal(body, &answers); err != nil {
		return malformed(body, err)
	}
	if len(answers) != 1 {
		return source.Errorf(newQuery, "Medium sent %d answers to one operation", len(answers))
	}
	got := answers[0]
	if len(got.Errors) > 0 {
		return &graphQLError{shorten(got.Errors[0].Message)}
	}
	if len(got.Data) == 0 || string(got.Data) == "null" {
		return source.Errorf(newQuery, "Medium answered without data and without an error")
	}
	if err := json.Unmarshal(got.Data, data); err != nil {
		return malformed(got.Data, err)
	}
	return nil
}

// graphQLError is an answer that holds an error. It may pass.
type graphQLError struct{ message string }

// Error returns the message with what to do if it persists.
func (e *graphQLError) Error() string {
	return fmt.Sprintf("Medium's GraphQL interface failed: %s; this may pass; if it persists: %s", e.message, newQuery)
}

// malformed distinguishes a truncated answer, which may pass, from one of another shape, which will not.
func malformed(body []byte, err error) error {
	var syntax *json.SyntaxError
	if len(body) == 0 || errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) {
		return fmt.Errorf("Medium's answer ended after %d bytes", len(body))
	}
	return source.Errorf(newQuery, "Medium's answer has another shape than expected: %w", err)
}

const longestMessage = 300

func shorten(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if runes := []rune(message); len(runes) > longestMessage {
		return string(runes[:longestMessage]) + "…"
	}
	if message == "" {
		return "no reason given"
	}
	return message
}

// money is an amount as Medium sends it: whole units, and billionths of a unit with the same sign.
type money struct {
	Currency string `json:"currencyCode"`
	Units    int64  `json:"units"`
	Nanos    int64  `json:"nanos"`
}

// decimal returns the exact amount: "14.350000000" for 14 units and 350000000 nanos.
func (m money) decimal() (string, error) {
	if m.Nanos <= -1e9 || m.Nanos >= 1e9 || m.Units > 0 && m.Nanos < 0 || m.Units < 0 && m.Nanos > 0 {
		return "", fmt.Errorf("%d units and %d nanos are not an amount of money", m.Units, m.Nanos)
	}
	sign := ""
	if m.Units < 0 || m.Nanos < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%s.%09d", sign, strings.TrimPrefix(fmt.Sprint(m.Units), "-"), max(m.Nanos, -m.Nanos)), nil
}

// noCents is what cents returns for zero. Medium may also leave out a day that earned nothing.
const noCents = "0.000000000"

// numberRE bounds what cents reads: a large exponent would cost memory.
var numberRE = regexp.MustCompile(`^-?[0-9]{1,18}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$`)

// cents returns an amount as a plain decimal, rounded to nine decimal places. Digits beyond them come from the
// sender's binary fractions (21.000000000000004).
func cents(n json.Number) (string, error) {
	if !numberRE.MatchString(n.String()) {
		return "", fmt.Errorf("%.60q is not an amount in cents", n.String())
	}
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return "", fmt.Errorf("%.60q is not an amount in cents", n.String())
	}
	return r.FloatString(9), nil
}

// wholeCents returns an amount in cents rounded up, by which two answers are compared; 0 for none.
func wholeCents(decimal string) int64 {
	r, ok := new(big.Rat).SetString(decimal)
	if !ok {
		return 0
	}
	f, _ := r.Float64()
	return int64(math.Ceil(f))
}

// millis is an instant in milliseconds since 1970.
type millis int64

func (m millis) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// instant returns nil for nil, so that a null stays null.
func instant(m *millis) *time.Time {
	if m == nil {
		return nil
	}
	t := m.time()
	return &t
}

func toMillis(t time.Time) millis { return millis(t.UnixMilli()) }
