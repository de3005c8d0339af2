package stripetest

import (
	"fmt"
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way in which the fake fails; "" means none.
type Failure string

// The failures. Begin those of one page in the middle of a month, with FailAfter.
const (
	RateLimited   Failure = "rate_limited"   // 429
	Unauthorized  Failure = "unauthorized"   // 401, the message repeats the key
	Forbidden     Failure = "forbidden"      // 403, the restricted key lacks a permission
	BadRequest    Failure = "bad_request"    // 400
	Down          Failure = "down"           // 500, Stripe's own error
	HTML          Failure = "html"           // 502, HTML
	LimitedHTML   Failure = "limited_html"   // 429, HTML
	HTMLFine      Failure = "html_fine"      // 200, HTML
	Truncated     Failure = "truncated"      // 200, the JSON ends in the middle
	BrokenOff     Failure = "broken_off"     // the connection ends in the middle
	NotAList      Failure = "not_a_list"     // 200, JSON of something else
	EmptyPage     Failure = "empty_page"     // no rows, but a next page
	SameCursor    Failure = "same_cursor"    // the cursor is ignored
	IgnoresWindow Failure = "ignores_window" // rows of the month before are among them
	WrongNet      Failure = "wrong_net"      // net is not amount minus fee
	EndsEarly     Failure = "ends_early"     // every page says that none follows
	Empty         Failure = "empty"          // there are no transactions
	OtherAccount  Failure = "other_account"  // the key belongs to another account
)

// Failures lists all failures.
var Failures = []Failure{
	RateLimited, Unauthorized, Forbidden, BadRequest, Down, HTML, LimitedHTML, HTMLFine, Truncated, BrokenOff,
	NotAList, EmptyPage, SameCursor, IgnoresWindow, WrongNet, EndsEarly, Empty, OtherAccount,
}

// refusals holds the failures that answer in place of the service.
var refusals = map[Failure]upstreamtest.Answer{
	RateLimited:  refusal(http.StatusTooManyRequests, "rate_limit", "Request rate limit exceeded."),
	Unauthorized: refusal(http.StatusUnauthorized, "", "Invalid API Key provided: "+Key),
	Forbidden: refusal(http.StatusForbidden, "more_permissions_required",
		"The provided key does not have the required permissions for this endpoint."),
	BadRequest:  refusal(http.StatusBadRequest, "parameter_unknown", "Received unknown parameter: created"),
	Down:        refusal(http.StatusInternalServerError, "api_error", "An unknown error occurred."),
	HTML:        upstreamtest.HTML(http.StatusBadGateway, "Bad gateway"),
	LimitedHTML: upstreamtest.HTML(http.StatusTooManyRequests, "Bad gateway"),
	HTMLFine:    upstreamtest.HTML(http.StatusOK, "Bad gateway"),
	NotAList:    upstreamtest.JSON(http.StatusOK, `{"object":"balance","available":[]}`),
}

// refusal returns an error as Stripe sends it.
func refusal(status int, code, message string) upstreamtest.Answer {
	return upstreamtest.JSON(status, fmt.Sprintf(
		`{"error":{"type":"invalid_request_error","code":%q,"message":%q}}`, code, message))
}

// distort changes a page.
func (f Failure) distort(a *answer) {
	switch {
	case f == EmptyPage:
		a.Data, a.HasMore = []object{}, true
	case f == EndsEarly:
		a.HasMore = false
	case f == Empty:
		a.Data, a.HasMore = []object{}, false
	case f == SameCursor:
		a.HasMore = true
	case f == WrongNet && len(a.Data) > 0:
		changed := a.Data[len(a.Data)/2]
		changed["net"] = changed["net"].(int64) + 1
	}
}
