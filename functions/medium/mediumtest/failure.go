package mediumtest

import (
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

var (
	challenge = upstreamtest.HTML(http.StatusForbidden, "Just a moment...")
	shell     = upstreamtest.HTML(http.StatusOK, "Medium")
)

// refusal returns the answer of a failure that answers in place of the interface.
func (f Failure) refusal(r *http.Request) (upstreamtest.Answer, bool) {
	cookie := r.Header.Get("Cookie")
	answer, ok := map[Failure]upstreamtest.Answer{
		Cloudflare:    challenge,
		SignedOutHTML: shell,
		Unauthorized:  {Status: http.StatusUnauthorized, Type: "text/plain", Body: "not signed in: " + cookie},
		GraphQLError:  upstreamtest.JSON(http.StatusOK, `[{"errors":[{"message":"Internal server error"}],"data":null}]`),
		UnknownField: upstreamtest.JSON(http.StatusBadRequest,
			`[{"errors":[{"message":"Cannot query field \"clapCount\" on type \"Post\"."}]}]`),
		RateLimited: {Status: http.StatusTooManyRequests, Type: "text/plain"},
		Down:        upstreamtest.HTML(http.StatusServiceUnavailable, "upstream away, request was "+cookie),
		NotAnAnswer: upstreamtest.JSON(http.StatusOK, `{"success":true}`),
		TwoAnswers:  upstreamtest.JSON(http.StatusOK, `[{"data":{}},{"data":{}}]`),
		NoData:      upstreamtest.JSON(http.StatusOK, `[{}]`),
	}[f]
	return answer, ok
}
