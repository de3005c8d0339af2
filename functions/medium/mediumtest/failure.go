package mediumtest

import (
	"encoding/json"
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way for the fake to fail; "" is none.
type Failure string

// The failures. Those of one story's days or of one page are best begun in the middle of a run, by FailAfter.
const (
	Cloudflare        Failure = "cloudflare"         // 403, the challenge of what stands before Medium
	SignedOutHTML     Failure = "signed_out_html"    // 200, the page for everybody
	CookieExpired     Failure = "cookie_expired"     // nobody is the viewer, and figures are null
	OtherUser         Failure = "other_user"         // somebody else is the viewer
	Unauthorized      Failure = "unauthorized"       // 401, and the cookies are repeated in it
	GraphQLError      Failure = "graphql_error"      // 200, errors and no data
	PartialError      Failure = "partial_error"      // 200, errors beside whole data
	UnknownField      Failure = "unknown_field"      // 400, as for a query that Medium no longer knows
	RateLimited       Failure = "rate_limited"       // 429
	Down              Failure = "down"               // 503, HTML, and the cookies are repeated in it
	BrokenOff         Failure = "broken_off"         // the connection ends in the middle
	TruncatedPage     Failure = "truncated_page"     // 200, the JSON ends in the middle
	NotAnAnswer       Failure = "not_an_answer"      // 200, JSON of something else
	TwoAnswers        Failure = "two_answers"        // 200, two answers to one question
	NoData            Failure = "no_data"            // 200, neither data nor errors
	UserUnknown       Failure = "user_unknown"       // user is null
	NoStories         Failure = "no_stories"         // an empty list
	NullTotals        Failure = "null_totals"        // a story's totalStats is null
	NullCount         Failure = "null_count"         // a story's clapCount, and a day's readers, are null
	Untitled          Failure = "untitled"           // a story's title is null
	UnknownVisibility Failure = "unknown_visibility" // a story is visible to friends
	OddMoney          Failure = "odd_money"          // more than a unit in nanos, and an amount in words
	NoCursor          Failure = "no_cursor"          // another page, and no way there
	SameCursor        Failure = "same_cursor"        // another page, and the way leads back
	StoryMissing      Failure = "story_missing"      // every fifth story has no days
	NullBundle        Failure = "null_bundle"        // every fifth story's bundle is null
	StoryGone         Failure = "story_gone"         // post is null
	UnknownMembership Failure = "unknown_membership" // a reader is neither a member nor none
	TwiceADay         Failure = "twice_a_day"        // a day's bucket stands twice
	NotMidnight       Failure = "not_midnight"       // days begin at noon
	NoSeries          Failure = "no_series"          // the account's series is of another type
	NullSeries        Failure = "null_series"        // the account's series is null
)

// Failures are all of them.
var Failures = []Failure{
	Cloudflare, SignedOutHTML, CookieExpired, OtherUser, Unauthorized, GraphQLError, PartialError, UnknownField, RateLimited,
	Down, BrokenOff, TruncatedPage, NotAnAnswer, TwoAnswers, NoData, UserUnknown, NoStories, NullTotals, NullCount, Untitled,
	UnknownVisibility, OddMoney, NoCursor, SameCursor, StoryMissing, NullBundle, StoryGone, UnknownMembership, TwiceADay,
	NotMidnight, NoSeries, NullSeries,
}

// ParseFailure is the failure of that name, or an error that lists them all.
func ParseFailure(name string) (Failure, error) { return upstreamtest.ParseFailure(name, Failures) }

const (
	challenge = `<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>`
	shell     = `<!DOCTYPE html><html><head><title>Medium</title></head><body><div id="root"></div></body></html>`
)

// refuses answers in place of the interface, where the failure is of that kind.
func (f Failure) refuses(w http.ResponseWriter, r *http.Request) bool {
	switch f {
	case Cloudflare:
		w.Header().Set("Cf-Mitigated", "challenge")
		send(w, http.StatusForbidden, "text/html", challenge)
	case SignedOutHTML:
		send(w, http.StatusOK, "text/html", shell)
	case Unauthorized:
		send(w, http.StatusUnauthorized, "text/plain", "not signed in: "+r.Header.Get("Cookie"))
	case GraphQLError:
		send(w, http.StatusOK, "application/json", `[{"errors":[{"message":"Internal server error"}],"data":null}]`)
	case UnknownField:
		send(w, http.StatusBadRequest, "application/json", `[{"errors":[{"message":"Cannot query field \"clapCount\" on type \"Post\"."}]}]`)
	case RateLimited:
		send(w, http.StatusTooManyRequests, "text/plain", "")
	case Down:
		send(w, http.StatusServiceUnavailable, "text/html", "<html>upstream away, request was "+r.Header.Get("Cookie")+"</html>")
	case NotAnAnswer:
		send(w, http.StatusOK, "application/json", `{"success":true}`)
	case TwoAnswers:
		send(w, http.StatusOK, "application/json", `[{"data":{}},{"data":{}}]`)
	case NoData:
		send(w, http.StatusOK, "application/json", `[{}]`)
	default:
		return false
	}
	return true
}

// spoil sends data, or what is left of it.
func (f Failure) spoil(w http.ResponseWriter, data any) {
	answer := map[string]any{"data": data}
	if f == PartialError {
		answer["errors"] = []any{map[string]string{"message": "totalStats timed out"}}
	}
	body, err := json.Marshal([]any{answer})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if f == TruncatedPage || f == BrokenOff {
		body = body[:len(body)/2]
	}
	send(w, http.StatusOK, "application/json; charset=utf-8", string(body))
	if f == BrokenOff {
		panic(http.ErrAbortHandler)
	}
}

func send(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // who does not read it has gone
}
