// Package mediumtest is a fake of the interface that Medium's own pages use: the signed-in user, the list of
// stories with their lifetime figures, the days of a story, and the account's time series. It can fail in every
// way that a client must distinguish from an answer.
package mediumtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// The cookies of the only user that is signed in.
const (
	SID = "1:fake-sid-0123456789abcdef/Zz=="
	UID = creator.UserID
)

// Server is the fake, an http.Handler.
type Server struct {
	*upstreamtest.Control[Failure]
	// MaxPerPage bounds the stories of a page, whatever the request asks for; Medium's own bound is 50.
	MaxPerPage int

	author  Author
	changes atomic.Pointer[Changes]
}

// New returns a fake with the stories of an author. Its answers are sparse: a day and membership without views has no
// bucket.
func New(a Author) *Server {
	s := &Server{Control: upstreamtest.NewControl(Failures), author: a, MaxPerPage: 50}
	s.Change(Changes{})
	return s
}

type operation struct {
	Name      string          `json:"operationName"`
	Variables json.RawMessage `json:"variables"`
	Query     string          `json:"query"`
}

// errFailed makes the answer of GraphQLError.
var errFailed = errors.New("internal server error")

const maxRequest = 64 << 10

// ServeHTTP answers POST /_/graphql.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure := s.Begin()
	answer, refused := failure.refusal(r)
	switch {
	case refused:
		if failure == Cloudflare {
			w.Header().Set("Cf-Mitigated", "challenge")
		}
	case !strings.HasPrefix(r.Header.Get("User-Agent"), "Mozilla/5.0 ("): // not a desktop browser
		w.Header().Set("Cf-Mitigated", "challenge")
		answer = challenge
	case r.Method != http.MethodPost || r.URL.Path != "/_/graphql":
		answer = upstreamtest.HTML(http.StatusNotFound, "Medium")
	default:
		data, refusal := s.data(w, r, failure)
		if refusal == nil {
			answers := []object{{"data": data}}
			if failure == PartialError {
				answers[0]["errors"] = []object{{"message": "totalStats timed out"}}
			}
			upstreamtest.SendJSON(w, answers, failure == TruncatedPage, failure == BrokenOff)
			return
		}
		answer = *refusal
	}
	answer.Send(w)
}

// data returns the data that a request asks for, or the answer to a request that Medium refuses.
func (s *Server) data(w http.ResponseWriter, r *http.Request, failure Failure) (object, *upstreamtest.Answer) {
	if r.Header.Get("Content-Type") != "application/json" {
		return nil, &upstreamtest.Answer{Status: http.StatusBadRequest, Body: "content-type is not application/json"}
	}
	var batch []operation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&batch); err != nil || len(batch) != 1 {
		return nil, &upstreamtest.Answer{Status: http.StatusBadRequest, Body: "body is not a JSON array of one operation"}
	}
	q := batch[0]
	fault := check(q)
	if fault == "" {
		v := s.view(failure, signedIn(r))
		data, err := v.answer(q)
		if err == nil {
			return data, nil
		}
		if errors.Is(err, errFailed) {
			answer, _ := GraphQLError.refusal(r)
			return nil, &answer
		}
		fault = err.Error()
	}
	refusal := upstreamtest.JSON(http.StatusBadRequest, fmt.Sprintf(`[{"errors":[{"message":%q}]}]`, fault))
	return nil, &refusal
}

func signedIn(r *http.Request) bool {
	sid, err := r.Cookie("sid")
	if err != nil || sid.Value != SID {
		return false
	}
	uid, err := r.Cookie("uid")
	return err == nil && uid.Value == UID
}

// known lists the fields that each operation may name. Medium refuses a query with any other.
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

// check says what is wrong with a query: another name than its operation's, or a field that Medium does not know.
func check(q operation) string {
	fields, ok := known[q.Name]
	m := head.FindStringSubmatch(q.Query)
	if !ok || m == nil || m[1] != q.Name {
		return fmt.Sprintf("Unknown operation named %q.", q.Name)
	}
	for _, name := range names.FindAllString(q.Query[len(m[0]):], -1) {
		if !strings.HasPrefix(name, "$") && !strings.Contains(" "+fields+" ", " "+name+" ") {
			return fmt.Sprintf("Cannot query field %q.", name)
		}
	}
	return ""
}
