package kittest

import (
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way in which the fake fails; "" means none.
type Failure string

// The failures. Begin those of one page in the middle of a walk, with FailAfter.
const (
	RateLimited   Failure = "rate_limited"  // 429, no body, no Retry-After
	Unauthorized  Failure = "unauthorized"  // 401, errors repeats the key
	Forbidden     Failure = "forbidden"     // 403, {}
	NotFound      Failure = "not_found"     // 404
	Unprocessable Failure = "unprocessable" // 422, nested lists of errors
	Down          Failure = "down"          // 503, HTML
	HTML          Failure = "html"          // 200, HTML
	Truncated     Failure = "truncated"     // 200, the JSON ends in the middle
	BrokenOff     Failure = "broken_off"    // the connection ends in the middle
	NotAPage      Failure = "not_a_page"    // 200, JSON of something else
	SameCursor    Failure = "same_cursor"   // end_cursor leads to the same page
	Circle        Failure = "circle"        // cursors lead back to the first page
	EmptyPage     Failure = "empty_page"    // no rows, but a next page
	NoCursor      Failure = "no_cursor"     // a next page, but no cursor
	LostPage      Failure = "lost_page"     // the rows of the next page are missing
	ShortPage     Failure = "short_page"    // half of a page's rows are missing
	EndsEarly     Failure = "ends_early"    // a full page says that none follows
	NoTotal       Failure = "no_total"      // total_count is missing
	UnknownState  Failure = "unknown_state" // a subscriber is in a state that Kit does not document
	Unordered     Failure = "unordered"     // ids do not descend
	Nameless      Failure = "nameless"      // a subscriber without an id
	EmptyList     Failure = "empty_list"    // no rows, but the total is not 0
	Overlap       Failure = "overlap"       // a page begins with the last rows of the previous one; harmless
	TotalLags     Failure = "total_lags"    // the total is slightly too high; harmless
	OddAnswer     Failure = "odd_answer"    // fields and location are null; harmless
	StopsShort    Failure = "stops_short"   // a page has only its first rows, and none follows
	Few           Failure = "few"           // the list and the total have only the newest subscribers
	OtherAccount  Failure = "other_account" // the key belongs to another account
)

// Failures lists all failures.
var Failures = []Failure{
	RateLimited, Unauthorized, Forbidden, NotFound, Unprocessable, Down, HTML, Truncated, BrokenOff, NotAPage, SameCursor,
	Circle, EmptyPage, NoCursor, LostPage, ShortPage, EndsEarly, NoTotal, UnknownState, Unordered, Nameless, EmptyList,
	Overlap, TotalLags, OddAnswer, StopsShort, Few, OtherAccount,
}

// refusals holds the failures that answer in place of the service.
var refusals = map[Failure]upstreamtest.Answer{
	RateLimited:  {Status: http.StatusTooManyRequests},
	Unauthorized: upstreamtest.JSON(http.StatusUnauthorized, `{"errors":["The API key `+Key+` is invalid"]}`),
	Forbidden:    upstreamtest.JSON(http.StatusForbidden, `{}`),
	NotFound:     upstreamtest.JSON(http.StatusNotFound, `{"errors":["Not Found"]}`),
	Unprocessable: upstreamtest.JSON(http.StatusUnprocessableEntity,
		`{"errors":[["Include is invalid"],[["Status is invalid"]]]}`),
	Down:     upstreamtest.HTML(http.StatusServiceUnavailable, "Be right back"),
	HTML:     upstreamtest.HTML(http.StatusOK, "Be right back"),
	NotAPage: upstreamtest.JSON(http.StatusOK, `{"account":{"id":27}}`),
}

// overlap is the number of rows of the page before that Overlap repeats, and the number that TotalLags adds.
const overlap = 3

// fewRows is the number of subscribers that Few leaves.
const fewRows = 5

// begin changes where a page begins.
func (f Failure) begin(below int64) int64 {
	switch {
	case below == 0:
	case f == Circle:
		return 0
	case f == Overlap:
		return below + overlap*7 // the creator's ids are 7 apart
	}
	return below
}

// distort changes a page.
func (f Failure) distort(a *answer, q query) {
	n := len(a.Subscribers)
	switch {
	case f == NoTotal:
		a.Pagination.Total = nil
	case f == TotalLags && a.Pagination.Total != nil:
		*a.Pagination.Total += overlap
	case f == EmptyPage:
		a.Subscribers, a.Pagination.HasNext = []object{}, true
	case f == EmptyList:
		a.Subscribers, a.Pagination.HasNext = []object{}, false
	case f == Few:
		n = min(n, fewRows)
		a.Subscribers, a.Pagination.HasNext = a.Subscribers[:n], false
		if total := int64(n); a.Pagination.Total != nil {
			a.Pagination.Total = &total
		}
	case f == StopsShort:
		a.Subscribers, a.Pagination.HasNext = a.Subscribers[:min(n, overlap)], false
	case f == SameCursor && q.below != 0:
		a.Pagination.HasNext, a.Pagination.End = true, cursor(q.below)
	case n == 0:
	case f == NoCursor:
		a.Pagination.HasNext, a.Pagination.End = true, ""
	case f == LostPage && a.Pagination.HasNext:
		a.Pagination.End = cursor(a.id(n-1) - int64(q.perPage)*7)
	case f == ShortPage && a.Pagination.HasNext:
		a.Subscribers = a.Subscribers[:n/2]
	case f == EndsEarly:
		a.Pagination.HasNext = false
	case f == UnknownState:
		a.Subscribers[n/2]["state"] = "unconfirmed"
	case f == Unordered:
		a.Subscribers[n-1]["id"] = a.id(0) + 1
	case f == Nameless:
		a.Subscribers[n/2]["id"] = 0
	case f == OddAnswer:
		a.Subscribers[0]["fields"], a.Subscribers[0]["location"] = nil, nil
	}
}
