// Package mediumtest is a fake of what a signed-in author's browser asks Medium: the viewer, the list of stories with
// their lifetime figures, a story's days, and the account's series; and every way to fail that a client has to tell from
// an answer.
package mediumtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// The cookies of the one browser that is signed in.
const (
	SID = "1:fake-sid-0123456789abcdef/Zz=="
	UID = creator.UserID
)

// Server is the fake, an http.Handler. Its author is the creator.
type Server struct {
	upstreamtest.Control[Failure]
	// MaxPerPage is the most stories of a page, whatever the request asks for; Medium's is 50.
	MaxPerPage int

	creator *creator.Creator
}

// New is a fake that tells of c.
func New(c *creator.Creator) *Server { return &Server{creator: c, MaxPerPage: 50} }

// Listen serves the fake on a free port of 127.0.0.1 until ctx is done, and returns what MEDIUM_URL is to be.
func (s *Server) Listen(ctx context.Context) (string, error) { return upstreamtest.Listen(ctx, s) }

// question is one GraphQL operation.
type question struct {
	Operation string          `json:"operationName"`
	Variables json.RawMessage `json:"variables"`
	Query     string          `json:"query"`
}

const maxRequest = 64 << 10

// ServeHTTP answers POST /_/graphql.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure := s.Begin()
	switch {
	case failure.refuses(w, r):
		return
	case !strings.HasPrefix(r.Header.Get("User-Agent"), "Mozilla/5.0 ("): // no desktop browser
		Cloudflare.refuses(w, r)
		return
	case r.Method != http.MethodPost || r.URL.Path != "/_/graphql":
		send(w, http.StatusNotFound, "text/html", shell)
		return
	case r.Header.Get("Content-Type") != "application/json":
		send(w, http.StatusBadRequest, "text/plain", "content-type is not application/json")
		return
	}
	var batch []question
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&batch); err != nil || len(batch) != 1 {
		send(w, http.StatusBadRequest, "text/plain", "body is not a JSON array of one operation")
		return
	}
	q := batch[0]
	if fault := check(q); fault != "" {
		send(w, http.StatusBadRequest, "application/json", fmt.Sprintf(`[{"errors":[{"message":%q}]}]`, fault))
		return
	}
	v := view{server: s, now: s.Now(), failure: failure, author: signedIn(r) && failure != CookieExpired}
	data, err := v.answer(q)
	if err != nil {
		send(w, http.StatusBadRequest, "application/json", fmt.Sprintf(`[{"errors":[{"message":%q}]}]`, err))
		return
	}
	failure.spoil(w, data)
}

func signedIn(r *http.Request) bool {
	sid, err := r.Cookie("sid")
	if err != nil || sid.Value != SID {
		return false
	}
	uid, err := r.Cookie("uid")
	return err == nil && uid.Value == UID
}

// known are the fields that each operation may name; Medium refuses a query with any other.
var known = map[string]string{
	"ViewerQuery": "viewer id username",
	"UserLifetimeStoryStatsPostsQuery": "user username id socialStats followerCount postsConnection first after orderBy filter edges node " +
		"title uniqueSlug mediumUrl createdAt updatedAt firstPublishedAt firstBoostedAt readingTime wordCount clapCount voterCount " +
		"responsesCount isLocked visibility totalStats presentations views reads earnings total currencyCode units nanos " +
		"collection name slug pageInfo endCursor hasNextPage",
	"useStatsPostNewChartDataQuery": "post id earnings dailyEarnings startAt endAt periodStartedAt amount postStatsDailyBundle " +
		"postStatsDailyBundleInput buckets dayStartsAt membershipType readersThatReadCount readersThatViewedCount " +
		"readersThatClappedCount readersThatRepliedCount readersThatHighlightedCount readersThatInitiallyFollowedAuthorFromThisPostCount",
	"UserMonthlyStoryStatsTimeseriesQuery": "user username id postsAggregateTimeseriesStats input __typename on AggregatePostTimeseriesStats " +
		"totalStats presentations viewers readers netFollowersGained netSubscribersGained points timestamp stats total",
}

var (
	head  = regexp.MustCompile(`^query (\w+)(\([^)]*\))? `)
	names = regexp.MustCompile(`\$?\w+`)
)

// check says what is wrong with a query: another name than the operation's, or a field that Medium does not know.
func check(q question) string {
	fields, ok := known[q.Operation]
	m := head.FindStringSubmatch(q.Query)
	if !ok || m == nil || m[1] != q.Operation {
		return fmt.Sprintf("Unknown operation named %q.", q.Operation)
	}
	for _, name := range names.FindAllString(q.Query[len(m[0]):], -1) {
		if !strings.HasPrefix(name, "$") && !strings.Contains(" "+fields+" ", " "+name+" ") {
			return fmt.Sprintf("Cannot query field %q.", name)
		}
	}
	return ""
}
