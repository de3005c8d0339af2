package mediumtest

import (
	"net/http"

	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Failure is a way in which the fake fails; "" means none.
type Failure string

// The failures. Begin those of one story's days or of one page in the middle of a run, with FailAfter.
const (
	Cloudflare        Failure = "cloudflare"         // 403, the challenge of Cloudflare
	SignedOutHTML     Failure = "signed_out_html"    // 200, the public page
	CookieExpired     Failure = "cookie_expired"     // no user is signed in, and figures are null
	OtherUser         Failure = "other_user"         // another user is signed in
	Unauthorized      Failure = "unauthorized"       // 401, which repeats the cookies
	GraphQLError      Failure = "graphql_error"      // 200, errors and no data
	PartialError      Failure = "partial_error"      // 200, errors and complete data
	UnknownField      Failure = "unknown_field"      // 400, as for an outdated query
	RateLimited       Failure = "rate_limited"       // 429
	Down              Failure = "down"               // 503, HTML, which repeats the cookies
	BrokenOff         Failure = "broken_off"         // the connection ends in the middle
	TruncatedPage     Failure = "truncated_page"     // 200, the JSON ends in the middle
	NotAnAnswer       Failure = "not_an_answer"      // 200, JSON of something else
	TwoAnswers        Failure = "two_answers"        // 200, two answers to one operation
	NoData            Failure = "no_data"            // 200, neither data nor errors
	UserUnknown       Failure = "user_unknown"       // user is null
	NullTotals        Failure = "null_totals"        // a story's totalStats is null
	NullCount         Failure = "null_count"         // a story's clapCount, and a day's readers, are null
	Untitled          Failure = "untitled"           // a story's title is null
	UnknownVisibility Failure = "unknown_visibility" // a story is visible to friends
	OddMoney          Failure = "odd_money"          // more than a unit in nanos, and an amount in words
	NoCursor          Failure = "no_cursor"          // another page, but no cursor
	SameCursor        Failure = "same_cursor"        // another page, but the same cursor
	StoryMissing      Failure = "story_missing"      // every fifth story has no days
	NullBundle        Failure = "null_bundle"        // every fifth story's bundle is null
	StoryGone         Failure = "story_gone"         // post is null
	UnknownMembership Failure = "unknown_membership" // a reader is neither a member nor a non-member
	TwiceADay         Failure = "twice_a_day"        // a day's bucket appears twice
	NotMidnight       Failure = "not_midnight"       // days begin at noon
	NoSeries          Failure = "no_series"          // the account's series is of another type
	NullSeries        Failure = "null_series"        // the account's series is null
	ListEndsEarly     Failure = "list_ends_early"    // the list ends after its first story
	FirstPageAlone    Failure = "first_page_alone"   // the list ends after its first page
	HalfOfYesterday   Failure = "half_of_yesterday"  // every second story has no views on the last day
	NoMembers         Failure = "no_members"         // no story has views of members
	NoEarnings        Failure = "no_earnings"        // no story has earnings
	StoriesDeleted    Failure = "stories_deleted"    // every twentieth story is deleted; harmless
	OtherAccount      Failure = "other_account"      // another author has taken the name
	ViewsFall         Failure = "views_fall"         // lifetime views are a fifth lower than they are
	Dense             Failure = "dense"              // zeros are sent instead of left out; harmless
)

// Failures lists all failures.
var Failures = []Failure{
	Cloudflare, SignedOutHTML, CookieExpired, OtherUser, Unauthorized, GraphQLError, PartialError, UnknownField,
	RateLimited, Down, BrokenOff, TruncatedPage, NotAnAnswer, TwoAnswers, NoData, UserUnknown, NullTotals, NullCount, Untitled,
	UnknownVisibility, OddMoney, NoCursor, SameCursor, StoryMissing, NullBundle, StoryGone, UnknownMembership, TwiceADay,
	NotMidnight, NoSeries, NullSeries, ListEndsEarly, FirstPageAlone, HalfOfYesterday, NoMembers, NoEarnings, StoriesDeleted,
	OtherAccount, ViewsFall, Dense,
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
