// Package stripetest is a fake of Stripe's list of balance transactions and its account: windows of time, cursors, both modes
// of keys, and every failure that a client must distinguish from an answer.
package stripetest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/rollcall/shared/creator"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// Key is the only key that the fake accepts.
const Key = "rk_test_fake0123456789abcdef"

// Server is the fake, an http.Handler. It knows the creator's transactions up to the instant as of which it answers.
type Server struct {
	*upstreamtest.Control[Failure]
	// MaxLimit bounds the rows of a page, whatever the request asks for; Stripe's own bound is 100.
	MaxLimit int
	// Oldest is how many of the creator's transactions of a window of time there are, the oldest ones; 0 means all.
	Oldest int

	creator *creator.Creator
}

// New returns a fake with the transactions of c.
func New(c *creator.Creator) *Server {
	return &Server{Control: upstreamtest.NewControl(Failures), creator: c, MaxLimit: 100}
}

// account holds the id of the account of Key, and of another one.
var account = map[bool]string{false: "acct_invented1", true: "acct_invented2"}

// ServeHTTP answers GET /v1/balance_transactions and GET /v1/account.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	failure := s.Begin()
	answer, refused := refusals[failure]
	switch {
	case refused:
	case r.Header.Get("Authorization") != "Bearer "+Key:
		answer = refusal(http.StatusUnauthorized, "", "Invalid API Key provided: rk_test_***")
	case r.Method == http.MethodGet && r.URL.Path == "/v1/account":
		answer = upstreamtest.JSON(http.StatusOK, fmt.Sprintf(`{"id":%q,"object":"account"}`, account[failure == OtherAccount]))
	case r.Method != http.MethodGet || r.URL.Path != "/v1/balance_transactions":
		answer = refusal(http.StatusNotFound, "", fmt.Sprintf("Unrecognized request URL (%s: %s)", r.Method, r.URL.Path))
	default:
		q, fault := parse(r, s.MaxLimit)
		if fault != "" {
			answer = refusal(http.StatusBadRequest, "parameter_unknown", fault)
			break
		}
		list, fault := s.list(q, failure)
		if fault != "" {
			answer = refusal(http.StatusBadRequest, "resource_missing", fault)
			break
		}
		upstreamtest.SendJSON(w, list, failure == Truncated, failure == BrokenOff)
		return
	}
	answer.Send(w)
}

type query struct {
	limit    int
	from, to time.Time // to is exclusive
	after    string
}

// parse reads a request's query as Stripe documents it, or returns what is wrong with it.
func parse(r *http.Request, maxLimit int) (q query, fault string) {
	q = query{limit: min(10, maxLimit), from: creator.Born.Start(), to: creator.Born.Start().Add(creator.Lifespan)}
	for name, values := range r.URL.Query() {
		n, err := strconv.ParseInt(values[0], 10, 64)
		switch {
		case name == "starting_after":
			q.after = values[0]
		case err != nil:
			return q, "Invalid integer: " + values[0]
		case name == "limit" && n >= 1 && n <= 100:
			q.limit = min(int(n), maxLimit)
		case name == "created[gte]":
			q.from = time.Unix(n, 0)
		case name == "created[lt]":
			q.to = time.Unix(n, 0)
		default:
			return q, "Received unknown parameter: " + name
		}
	}
	return q, ""
}

// list returns the page that a query asks for.
func (s *Server) list(q query, failure Failure) (answer, string) {
	now := s.Now()
	if failure == IgnoresWindow {
		q.from = q.from.AddDate(0, -1, 0)
	}
	if until := now.Add(time.Nanosecond); until.Before(q.to) { // later transactions have not happened yet
		q.to = until
	}
	all := s.creator.Transactions(q.from, q.to)
	if s.Oldest > 0 {
		all = all[max(0, len(all)-s.Oldest):]
	}
	if q.after != "" && failure != SameCursor {
		i := slices.IndexFunc(all, func(t creator.Transaction) bool { return t.ID == q.after })
		if i < 0 {
			return answer{}, "No such balance transaction: '" + q.after + "'"
		}
		all = all[i+1:]
	}
	a := answer{Object: "list", URL: "/v1/balance_transactions", HasMore: len(all) > q.limit, Data: []object{}}
	for _, t := range all[:min(len(all), q.limit)] {
		a.Data = append(a.Data, encode(t, now))
	}
	failure.distort(&a)
	return a, ""
}

// object is a JSON object.
type object = map[string]any

// answer is a page as Stripe sends it.
type answer struct {
	Object  string   `json:"object"`
	URL     string   `json:"url"`
	HasMore bool     `json:"has_more"`
	Data    []object `json:"data"`
}

// encode returns a transaction as Stripe sends it at an instant.
func encode(t creator.Transaction, now time.Time) object {
	status, currency, fees := "available", strings.ToLower(t.Currency), []object{}
	if t.Pending(now) {
		status = "pending"
	}
	for _, f := range t.FeeDetails {
		fees = append(fees, object{"amount": f.Amount, "application": nil, "currency": currency,
			"description": f.Description, "type": f.Type})
	}
	return object{
		"id": t.ID, "object": "balance_transaction", "amount": t.Amount, "available_on": t.AvailableOn.Unix(),
		"created": t.Created.Unix(), "currency": currency, "description": upstreamtest.OrNull(t.Description),
		"exchange_rate": upstreamtest.OrNull(t.ExchangeRate), "fee": t.Fee, "fee_details": fees, "net": t.Net(),
		"reporting_category": t.Category, "source": upstreamtest.OrNull(t.Source), "status": status, "type": t.Type,
	}
}
