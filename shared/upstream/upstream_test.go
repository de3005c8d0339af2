package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/rollcall/shared/upstream"
)

// answers implements a transport that returns its answers in turn and repeats the last one. It records the time of
// each request.
type answers struct {
	list []func() (*http.Response, error)
	at   []time.Duration
	from time.Time
}

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) {
	a.at = append(a.at, time.Since(a.from))
	next := a.list[0]
	if len(a.list) > 1 {
		a.list = a.list[1:]
	}
	return next()
}

func status(code int, body string, header ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{}
		for i := 0; i < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func broken() (*http.Response, error) { return nil, errors.New("connection reset") }

func cutShort() (*http.Response, error) {
	body := io.MultiReader(strings.NewReader("{"), errorReader{})
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body)}, nil
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func get(ctx context.Context) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodGet, "https://example.com/x", nil)
}

func TestDo(t *testing.T) {
	for _, tc := range []struct {
		name    string
		opts    upstream.Options
		answers []func() (*http.Response, error)
		body    string
		err     string
		tries   int
		atLeast time.Duration
	}{
		{name: "a good answer", answers: list(status(200, "ok")), body: "ok", tries: 1},
		{name: "a server error passes", answers: list(status(503, ""), status(500, ""), status(200, "ok")), body: "ok", tries: 3, atLeast: 4 * time.Second},
		{name: "a broken connection passes", answers: list(broken, status(200, "ok")), body: "ok", tries: 2},
		{name: "an answer cut short is asked for again", answers: list(cutShort, status(200, "ok")), body: "ok", tries: 2},
		{name: "a rate limit without a word waits two seconds and more", answers: list(status(429, ""), status(429, ""), status(200, "ok")), body: "ok", tries: 3, atLeast: 4 * time.Second},
		{name: "waits double", answers: list(status(503, ""), status(503, ""), status(503, ""), status(503, ""), status(200, "ok")), body: "ok", tries: 5, atLeast: 24 * time.Second},
		{name: "Retry-After is heeded", answers: list(status(429, "", "Retry-After", "37"), status(200, "ok")), body: "ok", tries: 2, atLeast: 37 * time.Second},
		{name: "a refusal is final", answers: list(status(401, `{"errors":["no"]}`)), err: `kit answered HTTP 401: {"errors":["no"]}`, tries: 1},
		{name: "tries are bounded", answers: list(status(502, "down")), err: "kit answered HTTP 502: down", tries: 5},
		{name: "after a Retry-After, the error holds the answer", opts: upstream.Options{Tries: 2}, answers: list(status(429, "slow", "Retry-After", "1")),
			err: "kit answered HTTP 429: slow", tries: 2},
		{name: "time is bounded", opts: upstream.Options{Tries: 1000}, answers: list(status(503, "down", "Retry-After", "200")), err: "HTTP 503", tries: 2},
		{name: "a long body is refused", opts: upstream.Options{MaxBody: 3}, answers: list(status(200, "four")), err: "more than 3 bytes", tries: 1},
		{
			name: "a secret that the service repeats is taken out, even where the text is cut", opts: upstream.Options{Secrets: []string{"hunter2-hunter2"}},
			answers: list(status(400, strings.Repeat("x", 290)+"hunter2-hunter2")), err: "x[secret]", tries: 1,
		},
		{
			name: "a secret that the service repeats among data is taken out too", opts: upstream.Options{Secrets: []string{"hunter2-hunter2"}},
			answers: list(status(200, `{"error":"no hunter2-hunter2"}`)), body: `{"error":"no [secret]"}`, tries: 1,
		},
		{name: "a long error text is cut", answers: list(status(400, strings.Repeat("x", 5000))), err: strings.Repeat("x", 300) + "…", tries: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &answers{list: tc.answers, from: time.Now()}
				tc.opts.Name, tc.opts.Transport = "kit", transport
				answer, err := upstream.New(tc.opts).Do(t.Context(), get)
				if tc.err == "" && err != nil || tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
					t.Fatalf("error %v, want %q", err, tc.err)
				}
				if !bytes.Equal(answer.Body, []byte(tc.body)) || len(transport.at) != tc.tries {
					t.Errorf("body %q after %d tries, want %q after %d", answer.Body, len(transport.at), tc.body, tc.tries)
				}
				if waited := transport.at[len(transport.at)-1]; waited < tc.atLeast {
					t.Errorf("waited %v, want at least %v", waited, tc.atLeast)
				}
			})
		})
	}
}

func list(f ...func() (*http.Response, error)) []func() (*http.Response, error) { return f }

func TestStatusErrorIsFoundAfterTheLastTry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &answers{list: list(status(429, "slow", "Retry-After", "1", "X-Id", "7")), from: time.Now()}
		_, err := upstream.New(upstream.Options{Name: "kit", Transport: transport}).Do(t.Context(), get)
		var answered *upstream.StatusError
		if !errors.As(err, &answered) || answered.Status != 429 || !answered.Temporary() || answered.Header.Get("X-Id") != "7" {
			t.Errorf("got %#v", err)
		}
	})
}

func TestRequestsKeepTheirInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		transport := &answers{list: list(status(200, "ok")), from: time.Now()}
		c := upstream.New(upstream.Options{Name: "medium", Interval: time.Second, Transport: transport})
		for range 4 {
			if _, err := c.Do(t.Context(), get); err != nil {
				t.Fatal(err)
			}
		}
		for i, at := range transport.at {
			if want := time.Duration(i) * time.Second; at < want {
				t.Errorf("request %d went out after %v, want %v", i, at, want)
			}
		}
	})
}

func TestACancelledContextEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		transport := &answers{list: list(status(503, "", "Retry-After", "100")), from: time.Now()}
		_, err := upstream.New(upstream.Options{Name: "kit", Transport: transport}).Do(ctx, get)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(transport.from) > 2*time.Second {
			t.Errorf("error %v after %v", err, time.Since(transport.from))
		}
	})
}

// A redirect is followed on the same origin alone, so that the key of a request goes nowhere else and is never sent
// unencrypted. Elsewhere the redirect itself is the answer.
func TestRedirects(t *testing.T) {
	const key = "hunter2-hunter2"
	for _, tc := range []struct {
		name, location string
		requests       string // addresses, in order
		err            string
	}{
		{"on the same host", "/y", "https://example.com/x https://example.com/y", ""},
		{"on the same host, in full", "https://example.com/y", "https://example.com/x https://example.com/y", ""},
		{"from https to http", "http://example.com/y", "https://example.com/x", "kit answered HTTP 302: moved"},
		{"to another host", "https://example.org/y", "https://example.com/x", "kit answered HTTP 302: moved"},
		{"to a host below", "https://a.example.com/y", "https://example.com/x", "kit answered HTTP 302: moved"},
		{"to another port", "https://example.com:444/y", "https://example.com/x", "kit answered HTTP 302: moved"},
		{"to a protocol of no web", "file:///etc/passwd", "https://example.com/x", "kit answered HTTP 302: moved"},
		{"in a circle", "/x", "https://example.com/x https://example.com/x https://example.com/x https://example.com/x", "kit answered HTTP 302: moved"},
		{"to an address that is none, and repeats the key", "https://[" + key, "https://example.com/x", "kit: failed to parse Location header"},
		{"to a broken connection, and repeats the key", "/broken?key=" + key, "https://example.com/x https://example.com/broken?key=" + key, "kit: connection reset"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var requests []string
			transport := roundTrip(func(req *http.Request) (*http.Response, error) {
				requests = append(requests, req.URL.String())
				if req.Header.Get("X-Key") != key {
					t.Errorf("%s was sent without the key", req.URL)
				}
				switch {
				case req.URL.Path == "/broken":
					return broken()
				case req.URL.Path == "/y":
					return status(200, "ok")()
				}
				return status(302, "moved", "Location", tc.location)()
			})
			c := upstream.New(upstream.Options{Name: "kit", Tries: 1, Transport: transport, Secrets: []string{key}})
			_, err := c.Do(t.Context(), func(ctx context.Context) (*http.Request, error) {
				req, err := get(ctx)
				if err == nil {
					req.Header.Set("X-Key", key)
				}
				return req, err
			})
			if got := strings.Join(requests, " "); got != tc.requests {
				t.Errorf("requests %s, want %s", got, tc.requests)
			}
			if (err == nil) != (tc.err == "") || err != nil && (!strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), key)) {
				t.Errorf("error %v, want %q without the key", err, tc.err)
			}
		})
	}
}

type roundTrip func(req *http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
