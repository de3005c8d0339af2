package sheetstest

import (
	"fmt"
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way in which the fake fails; "" means none.
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
	RepeatedStory  Failure = "repeated_story"  // one story has two rows
	OddBoosted     Failure = "odd_boosted"     // boosted is neither true nor false
	OddDate        Failure = "odd_date"        // boosted_on is a date in a local format
	SerialDate     Failure = "serial_date"     // boosted_on is a serial number
	NumericStory   Failure = "numeric_story"   // post_id is a number
	NamelessStory  Failure = "nameless_story"  // post_id is empty, the rest of the row is not
	HeaderAlone    Failure = "header_alone"    // there are no rows below the header
)

// Failures lists all failures.
var Failures = []Failure{
	RateLimited, Down, Unauthorized, NotShared, NoScope, APIOff, NotFound, BadRange, HTML, Truncated, BrokenOff, NoValues,
	NoHeader, MissingColumn, RepeatedColumn, RepeatedStory, OddBoosted, OddDate, SerialDate, NumericStory, NamelessStory,
	HeaderAlone,
}

// refusals holds the failures that answer in place of the service.
var refusals = map[Failure]upstreamtest.Answer{
	RateLimited: refusal(http.StatusTooManyRequests, "Quota exceeded for quota metric 'Read requests'",
		"RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
	Down: refusal(http.StatusServiceUnavailable, "The service is currently unavailable.", "UNAVAILABLE", ""),
	Unauthorized: refusal(http.StatusUnauthorized, "Request had invalid authentication credentials.",
		"UNAUTHENTICATED", ""),
	NotShared: refusal(http.StatusForbidden, "The caller does not have permission", "PERMISSION_DENIED", ""),
	NoScope: refusal(http.StatusForbidden, "Request had insufficient authentication scopes.",
		"PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
	APIOff: refusal(http.StatusForbidden, "Google Sheets API has not been used in this project before or it is disabled.",
		"PERMISSION_DENIED", "SERVICE_DISABLED"),
	NotFound: refusal(http.StatusNotFound, "Requested entity was not found.", "NOT_FOUND", ""),
	BadRange: refusal(http.StatusBadRequest, "Unable to parse range: "+Range, "INVALID_ARGUMENT", ""),
	HTML:     upstreamtest.HTML(http.StatusOK, "Sign in"),
}

// refusal returns an error as Google sends it. The reason may be empty.
func refusal(code int, message, status, reason string) upstreamtest.Answer {
	details := ""
	if reason != "" {
		details = fmt.Sprintf(`,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":%q}]`, reason)
	}
	return upstreamtest.JSON(code, fmt.Sprintf(`{"error":{"code":%d,"message":%q,"status":%q%s}}`, code, message,
		status, details))
}

// distort changes the sheet, which has at least two rows.
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
	case HeaderAlone:
		return values[:1]
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
