// Package upstream asks a source's HTTP interface for data: one request at a time, no faster than the source allows,
// again when a failure may pass, and never more than a bounded number of bytes, tries and seconds.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"example.com/rollcall/shared/cloudlog"
)

// Options are a client's limits. The zero value of each field stands for the default given with it.
type Options struct {
	Name       string        // of the source, for messages
	Interval   time.Duration // least time between requests; default none
	Tries      uint          // of one request, the first among them; default 5
	FirstWait  time.Duration // before the second try, doubling from there; default 2 s
	LongestTry time.Duration // of one try, its body read to the end; default 60 s
	LongestAll time.Duration // of all tries of one request; default 5 min
	MaxBody    int64         // bytes of one answer; default 32 MiB
	Transport  http.RoundTripper
	Secrets    []string // taken out of every answer that becomes an error, should the service repeat them
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opts   Options
	http   *http.Client
	limit  *rate.Limiter
	redact cloudlog.Redactor
}

// New makes a client. It follows no redirects to another host: credentials stay where they were sent.
func New(opts Options) *Client {
	def(&opts.Tries, 5)
	def(&opts.FirstWait, 2*time.Second)
	def(&opts.LongestTry, time.Minute)
	def(&opts.LongestAll, 5*time.Minute)
	def(&opts.MaxBody, 32<<20)
	limit := rate.NewLimiter(rate.Inf, 1)
	if opts.Interval > 0 {
		limit = rate.NewLimiter(rate.Every(opts.Interval), 1)
	}
	return &Client{opts: opts, limit: limit, redact: cloudlog.NewRedactor(opts.Secrets...), http: &http.Client{
		Timeout:   opts.LongestTry,
		Transport: opts.Transport,
		CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if req.URL.Host != via[0].URL.Host || len(via) > 3 {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}}
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Answer is a complete answer with status 200 to 299.
type Answer struct {
	Header http.Header
	Body   []byte
}

// StatusError is an answer with another status than 200 to 299, after the last try.
type StatusError struct {
	Name   string
	Status int
	Header http.Header
	Body   []byte // its beginning
}

const snippet = 300

func (e *StatusError) Error() string {
	text := strings.Join(strings.Fields(string(e.Body)), " ")
	if len(text) > snippet {
		text = text[:snippet] + "…"
	}
	if text == "" {
		text = "no body"
	}
	return fmt.Sprintf("%s answered HTTP %d: %s", e.Name, e.Status, text)
}

// Temporary reports whether the same request may succeed later: 408, 429 and 5xx.
func (e *StatusError) Temporary() bool {
	return e.Status == http.StatusRequestTimeout || e.Status == http.StatusTooManyRequests || e.Status >= 500
}

// toldToWait is a failure whose answer said when to ask again.
type toldToWait struct {
	*StatusError
	wait *backoff.RetryAfterError
}

func (e *toldToWait) Unwrap() []error { return []error{e.StatusError, e.wait} }

// ErrTooLarge says that an answer had more bytes than the client reads.
var ErrTooLarge = errors.New("answer is too large")

// Do sends the request that build makes, and again after a wait while its failure may pass: a connection that breaks, an
// answer cut short, and the statuses of StatusError.Temporary, heeding Retry-After. The error is a *StatusError where the
// source answered.
func (c *Client) Do(ctx context.Context, build func(ctx context.Context) (*http.Request, error)) (Answer, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = c.opts.FirstWait
	wait.Multiplier = 2
	wait.MaxInterval = 16 * c.opts.FirstWait
	wait.RandomizationFactor = 0.2
	return backoff.Retry(ctx, func() (Answer, error) { return c.try(ctx, build) },
		backoff.WithBackOff(wait), backoff.WithMaxTries(c.opts.Tries), backoff.WithMaxElapsedTime(c.opts.LongestAll),
		backoff.WithNotify(func(err error, after time.Duration) {
			cloudlog.From(ctx).Warn("asking again", "source", c.opts.Name, "after", after.String(), "error", err)
		}))
}

func (c *Client) try(ctx context.Context, build func(ctx context.Context) (*http.Request, error)) (Answer, error) {
	if err := c.limit.Wait(ctx); err != nil {
		return Answer{}, backoff.Permanent(err)
	}
	req, err := build(ctx)
	if err != nil {
		return Answer{}, backoff.Permanent(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return Answer{}, backoff.Permanent(ctx.Err())
		}
		return Answer{}, fmt.Errorf("%s: %w", c.opts.Name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxBody+1))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: answer was cut short after %d bytes: %w", c.opts.Name, len(body), err)
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		text := c.redact.String(string(body)) // before it is cut, or a part of a secret might be left
		failure := &StatusError{c.opts.Name, resp.StatusCode, resp.Header, []byte(text[:min(len(text), 16<<10)])}
		if !failure.Temporary() {
			return Answer{}, backoff.Permanent(failure)
		}
		if after, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && after > 0 && after <= 300 {
			return Answer{}, &toldToWait{failure, &backoff.RetryAfterError{Duration: time.Duration(after) * time.Second}}
		}
		return Answer{}, failure
	}
	if int64(len(body)) > c.opts.MaxBody {
		return Answer{}, backoff.Permanent(fmt.Errorf("%s: %w: more than %d bytes", c.opts.Name, ErrTooLarge, c.opts.MaxBody))
	}
	return Answer{resp.Header, body}, nil
}
