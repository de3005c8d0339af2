// Package kittest is a fake of Kit's API V4, as far as the source needs it: status filter, cursors,
// totals, includes, the rate limit, and every failure that a client must distinguish from an answer.
package kittest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Key is the only key that the fake accepts.
const Key = "kit_fake_0123456789abcdef"

// Kit's limit: the number of requests of one key within a window of time.
const (
	limit       = 120
	limitWindow = time.Minute
)

// Server is the fake, an http.Handler.
type Server struct {
	*upstreamtest.Control[Failure]
	// MaxPerPage bounds the rows of a page, whatever the request asks for; Kit's own bound is 1000.
	MaxPerPage int
	// Oldest is how many of the creator's subscribers the account has, the oldest ones; 0 means all.
	Oldest int64
	// RateLimit makes the fake enforce Kit's limit of 120 requests in 60 seconds.
	RateLimit bool

	creator *creator.Creator

	mu     sync.Mutex
	recent []time.Time // of the requests within the limit's window
}

// New returns a fake with the subscribers of c.
func New(c *creator.Creator) *Server {
	return &Server{Control: upstreamtest.NewControl(Failures), creator: c, MaxPerPage: 1000}
}

// accounts holds the ids of the account of Key, and of another one.
var accounts = map[bool]int{false: 27, true: 28}

// ServeHTTP answers GET /v4/subscribers and GET /v4/account.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure := s.Begin()
	refusal, refused := refusals[failure]
	switch {
	case refused:
		refusal.Send(w)
	case s.RateLimit && s.limited():
		refusals[RateLimited].Send(w)
	case r.Header.Get("X-Kit-Api-Key") != Key:
		upstreamtest.JSON(http.StatusUnauthorized, `{"errors":["The API key is invalid"]}`).Send(w)
	case r.Method == http.MethodGet && r.URL.Path == "/v4/account":
		upstreamtest.JSON(http.StatusOK,
			fmt.Sprintf(`{"account":{"id":%d,"name":"Invented"}}`, accounts[failure == OtherAccount])).Send(w)
	case r.Method != http.MethodGet || r.URL.Path != "/v4/subscribers":
		refusals[NotFound].Send(w)
	default:
		q, fault := parse(r, s.MaxPerPage)
		if fault != "" {
			upstreamtest.JSON(http.StatusUnprocessableEntity, fmt.Sprintf(`{"errors":[%q]}`, fault)).Send(w)
			return
		}
		upstreamtest.SendJSON(w, s.list(q, failure), failure == Truncated, failure == BrokenOff)
	}
}

// limited counts a request and reports whether it exceeds the rate limit.
func (s *Server) limited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.recent = slices.DeleteFunc(s.recent, func(t time.Time) bool { return now.Sub(t) >= limitWindow })
	if len(s.recent) >= limit {
		return true
	}
	s.recent = append(s.recent, now)
	return false
}

// query is a request for a page.
type query struct {
	status  string
	include []string
	perPage int
	below   int64 // id; 0: from the newest on
	total   bool
}

var statuses = []string{"active", "inactive", "bounced", "complained", "cancelled", "all"}

// parse reads a request's query as Kit documents it, or returns what is wrong with it.
func parse(r *http.Request, maxPerPage int) (q query, fault string) {
	values := r.URL.Query()
	q = query{status: "active", perPage: min(500, maxPerPage), total: values.Get("include_total_count") == "true"}
	if text := values.Get("status"); text != "" {
		q.status = text
	}
	if !slices.Contains(statuses, q.status) {
		return q, "Status is not included in the list"
	}
	if text := values.Get("include"); text != "" {
		q.include = strings.Split(text, ",")
	}
	if text := values.Get("per_page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 1000 {
			return q, "Per page must be between 1 and 1000"
		}
		q.perPage = min(n, maxPerPage)
	}
	if text := values.Get("after"); text != "" {
		var ids [1]int64
		plain, err := base64.StdEncoding.DecodeString(text)
		if err != nil || json.Unmarshal(plain, &ids) != nil || ids[0] <= 0 {
			return q, "After is not a valid cursor"
		}
		q.below = ids[0]
	}
	return q, ""
}

// cursor returns the opaque text that stands for an id.
func cursor(id int64) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "[%d]", id)) }

// list returns the page that a query asks for.
func (s *Server) list(q query, failure Failure) answer {
	asOf := s.Now()
	below := failure.begin(q.below)
	a := answer{Subscribers: []object{}}
	for sub := range s.subscribers(asOf, below) {
		if q.status != "all" && string(sub.State) != q.status {
			continue
		}
		if len(a.Subscribers) == q.perPage {
			a.Pagination.HasNext = true
			break
		}
		a.Subscribers = append(a.Subscribers, encode(sub, q.include))
	}
	a.Pagination.PerPage = q.perPage
	a.Pagination.HasPrevious = q.below != 0
	if n := len(a.Subscribers); n > 0 {
		a.Pagination.Start, a.Pagination.End = cursor(a.id(0)), cursor(a.id(n-1))
	}
	if q.total {
		n := s.count(q.status, asOf)
		a.Pagination.Total = &n
	}
	failure.distort(&a, q)
	return a
}

func (s *Server) count(status string, asOf time.Time) int64 {
	if status == "all" {
		n := s.creator.SubscriberCount(asOf)
		if s.Oldest > 0 {
			n = min(n, s.Oldest)
		}
		return n
	}
	var n int64
	for sub := range s.subscribers(asOf, 0) {
		if string(sub.State) == status {
			n++
		}
	}
	return n
}

// subscribers yields the subscribers that the account has at an instant, the newest first: with ids below below, or all
// if it is 0.
func (s *Server) subscribers(asOf time.Time, below int64) iter.Seq[creator.Subscriber] {
	if gone := s.creator.SubscriberCount(asOf) - s.Oldest; s.Oldest > 0 && gone > 0 {
		for newest := range s.creator.Subscribers(asOf, 0) {
			oldest := newest.ID - (gone-1)*7 // the creator's ids are 7 apart
			if below == 0 || below > oldest {
				below = oldest
			}
			break
		}
	}
	return s.creator.Subscribers(asOf, below)
}
