package sheetstest

import (
	"encoding/json"
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way for the fake to fail; "" is none.
type Failure string

// The failures.
const (
	RateLimited    Failure = "rate_limited"    // 429
	Down           Failure = "down"            // 503
	Unauthorized   Failure = "unauthorized"    // 401
	NotShared      Failure = "not_shared"      // 403, the sheet is not shared with the account
	NoScope        Failure = "no_scope"        // 403, the credentials may not read sheets
	APIOff         Failure = "api_off"         // 403, the API is off in the project
	NotFound       Failure = "not_found"       // 404
	BadRange       Failure = "bad_range"       // 400
	HTML           Failure = "html"            // 200, HTML
	Truncated      Failure = "truncated"       // 200, the JSON ends in the middle
	BrokenOff      Failure = "broken_off"      // the connection ends in the middle
	NoValues       Failure = "no_values"       // the range is empty
	NoHeader       Failure = "no_header"       // the first row is a story
	MissingColumn  Failure = "missing_column"  // the header lacks boosted_on
	RepeatedColumn Failure = "repeated_column" // the header has boosted twice
	RepeatedStory  Failure = "repeated_story"  // two rows tell of one story
	OddBoosted     Failure = "odd_boosted"     // boosted is neither true nor false
	OddDate        Failure = "odd_date"        // boosted_on is a date of some locale
	SerialDate     Failure = "serial_date"     // boosted_on is a serial number
	NumericStory   Failure = "numeric_story"   // post_id is a number
	NamelessStory  Failure = "nameless_story"  // post_id is empty, the rest of the row is not
)

// Failures are all of them.
var Failures = []Failure{
	RateLimited, Down, Unauthorized, NotShared, NoScope, APIOff, NotFound, BadRange, HTML, Truncated, BrokenOff, NoValues,
	NoHeader, MissingColumn, RepeatedColumn, RepeatedStory, OddBoosted, OddDate, SerialDate, NumericStory, NamelessStory,
}

// ParseFailure is the failure of that name, or an error that lists them all.
func ParseFailure(name string) (Failure, error) { return upstreamtest.ParseFailure(name, Failures) }

// refuses answers in place of the service, where the failure is of that kind.
func (f Failure) refuses(w http.ResponseWriter) bool {
	switch f {
	case RateLimited:
		refuse(w, http.StatusTooManyRequests, "Quota exceeded for quota metric 'Read requests'", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED")
	case Down:
		refuse(w, http.StatusServiceUnavailable, "The service is currently unavailable.", "UNAVAILABLE", "")
	case Unauthorized:
		refuse(w, http.StatusUnauthorized, "Request had invalid authentication credentials.", "UNAUTHENTICATED", "")
	case NotShared:
		refuse(w, http.StatusForbidden, "The caller does not have permission", "PERMISSION_DENIED", "")
	case NoScope:
		refuse(w, http.StatusForbidden, "Request had insufficient authentication scopes.", "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
	case APIOff:
		refuse(w, http.StatusForbidden, "Google Sheets API has not been used in this project before or it is disabled.", "PERMISSION_DENIED", "SERVICE_DISABLED")
	case NotFound:
		refuse(w, http.StatusNotFound, "Requested entity was not found.", "NOT_FOUND", "")
	case BadRange:
		refuse(w, http.StatusBadRequest, "Unable to parse range: "+Range, "INVALID_ARGUMENT", "")
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!DOCTYPE html><html><title>Sign in</title></html>"))
	default:
		return false
	}
	return true
}

// distort changes the sheet. It has two rows at least.
func (f Failure) distort(values [][]any) [][]any {
	if f == "" {
		return values
	}
	changed := make([][]any, len(values))
	for i, row := range values {
		changed[i] = append([]any{}, row...)
	}
	values = changed
	switch f {
	case NoValues:
		return nil
	case NoHeader:
		return values[1:]
	case MissingColumn:
		values[0][2] = "boosted since"
	case RepeatedColumn:
		values[0][3] = "Boosted "
	case RepeatedStory:
		return append(values, values[1])
	case OddBoosted:
		values[1][1] = "perhaps"
	case OddDate:
		values[1][2] = "1/5/2026"
	case SerialDate:
		values[1][2] = 46027.0
	case NumericStory:
		values[1][0] = 4.07e13
	case NamelessStory:
		values[1][0] = ""
	}
	return values
}

// send sends the values, or what is left of them.
func (f Failure) send(w http.ResponseWriter, a answer) {
	body, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	if f == Truncated || f == BrokenOff {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
	if f == BrokenOff {
		panic(http.ErrAbortHandler)
	}
}
