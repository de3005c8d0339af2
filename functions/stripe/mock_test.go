package stripe

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

// mock starts Stripe's own test server in this process. It checks each parameter against Stripe's OpenAPI document.
func mock(t *testing.T) http.Handler {
	t.Helper()
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, spec, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(stub.HandleRequest)
}

// changed changes the query of each request before it sends it.
type changed struct {
	http.RoundTripper
	change func(q url.Values)
	query  string // of the last request
}

func (c *changed) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	q := req.URL.Query()
	c.change(q)
	req.URL.RawQuery = q.Encode()
	c.query = req.URL.RawQuery
	return c.RoundTripper.RoundTrip(req)
}

func TestStripeMockAcceptsOurParameters(t *testing.T) {
	stripes := mock(t)
	for _, tc := range []struct {
		name   string
		key    string
		change func(q url.Values)
		err    string // empty: accepted
	}{
		{name: "as sent", key: "rk_test_123", change: func(url.Values) {}},
		{name: "an unknown parameter", key: "rk_test_123", change: func(q url.Values) { q.Set("unknown", "1") }, err: "additional properties are not allowed"},
		{name: "a time that is no number", key: "rk_test_123", change: func(q url.Values) { q.Set("created[gte]", "yesterday") }, err: "created"},
		{name: "a limit that is no number", key: "rk_test_123", change: func(q url.Values) { q.Set("limit", "many") }, err: "limit"},
		{name: "another kind of key", key: "sk_live_123", change: func(url.Values) {}, err: "HTTP 401"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			transport := &changed{RoundTripper: upstreamtest.Transport(stripes), change: tc.change}
			c := newClient(Config{URL: "http://127.0.0.1", APIKey: tc.key, transport: transport})
			p, err := c.page(context.Background(), partition.MustParse("2026-10"), "txn_123")
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("got %v, want a refusal that says %q", err, tc.err)
				}
				return
			}
			if err != nil || len(p.transactions) != 1 {
				t.Errorf("got %d transactions, %v; want the one that Stripe's server has", len(p.transactions), err)
			}
			sent, _ := url.ParseQuery(transport.query)
			want := url.Values{
				"limit": {"100"}, "created[gte]": {"1790812800"}, "created[lt]": {"1793491200"}, "starting_after": {"txn_123"},
			}
			if sent.Encode() != want.Encode() {
				t.Errorf("sent %v, want %v", sent, want)
			}
		})
	}
}
