package stripetest

import (
	"encoding/json"
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way for the fake to fail; "" is none.
type Failure string

// The failures. Those of one page are best begun in the middle of a month, by FailAfter.
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
	EmptyPage     Failure = "empty_page"     // no rows, and yet more of them
	SameCursor    Failure = "same_cursor"    // the cursor is not heeded
	IgnoresWindow Failure = "ignores_window" // rows of the month before are among them
	WrongNet      Failure = "wrong_net"      // net is not amount less fee
)

// Failures are all of them.
var Failures = []Failure{
	RateLimited, Unauthorized, Forbidden, BadRequest, Down, HTML, LimitedHTML, HTMLFine, Truncated, BrokenOff, NotAList, EmptyPage,
	SameCursor, IgnoresWindow, WrongNet,
}

// ParseFailure is the failure of that name, or an error that lists them all.
func ParseFailure(name string) (Failure, error) { return upstreamtest.ParseFailure(name, Failures) }

// refuses answers in place of the service, where the failure is of that kind.
func (f Failure) refuses(w http.ResponseWriter) bool {
	switch f {
	case RateLimited:
		refuse(w, http.StatusTooManyRequests, "rate_limit", "Request rate limit exceeded.")
	case Unauthorized:
		refuse(w, http.StatusUnauthorized, "", "Invalid API Key provided: "+Key)
	case Forbidden:
		refuse(w, http.StatusForbidden, "more_permissions_required", "The provided key does not have the required permissions for this endpoint.")
	case BadRequest:
		refuse(w, http.StatusBadRequest, "parameter_unknown", "Received unknown parameter: created")
	case Down:
		refuse(w, http.StatusInternalServerError, "api_error", "An unknown error occurred.")
	case HTML:
		page(w, http.StatusBadGateway)
	case LimitedHTML:
		page(w, http.StatusTooManyRequests)
	case HTMLFine:
		page(w, http.StatusOK)
	case NotAList:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"object":"balance","available":[]}`))
	default:
		return false
	}
	return true
}

func page(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = w.Write([]byte("<!DOCTYPE html><html><title>Bad gateway</title></html>"))
}

// distort changes a page.
func (f Failure) distort(a *answer) {
	switch {
	case f == EmptyPage:
		a.Data, a.HasMore = []transaction{}, true
	case f == SameCursor:
		a.HasMore = true
	case f == WrongNet && len(a.Data) > 0:
		a.Data[len(a.Data)/2].Net++
	}
}

// send sends a page, or what is left of it.
func (f Failure) send(w http.ResponseWriter, a answer) {
	body, err := json.Marshal(a)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if f == Truncated || f == BrokenOff {
		body = body[:len(body)/2]
	}
	_, _ = w.Write(body)
	if f == BrokenOff {
		panic(http.ErrAbortHandler)
	}
}
