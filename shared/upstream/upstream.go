// Package upstream requests data from a source's HTTP interface. It sends one request at a time, no faster than
// the source allows. It retries a failure that may pass. Bytes, tries and seconds are all bounded.
package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"

	"example.com/rollcall/shared/cloudlog"
)

// Options configures a client. Each zero field means its default.
type Options struct {
	Name       string        // of the source, for messages
	Interval   time.Duration // minimum time between requests; default none
	Tries      uint          // of one request, the first included; default 5
	FirstWait  time.Duration // before the second try; it doubles from try to try; default 2 s
	LongestTry time.Duration // of one try, until its body has been read; default 60 s
	LongestAll time.Duration // of all tries of one request; default 5 min
	MaxBody    int64         // bytes of one answer; default 32 MiB
	Transport  http.RoundTripper
	Secrets    []string // removed from every answer, before any part of it is shown or kept
}

// Client sends requests. It is safe for concurrent use.
type Client struct {
	opts   Options
	http   *http.Client
	limit  *rate.Limiter
	redact cloudlog.Redactor
}

// New returns a client. It follows redirects as CheckRedirect says.
func New(opts Options) *Client {
	opts.Tries = cmp.Or(opts.Tries, 5)
	opts.FirstWait = cmp.Or(opts.FirstWait, 2*time.Second)
	opts.LongestAll = cmp.Or(opts.LongestAll, 5*time.Minute)
	opts.MaxBody = cmp.Or(opts.MaxBody, 32<<20)
	limit := rate.NewLimiter(rate.Inf, 1)
	if opts.Interval > 0 {
		limit = rate.NewLimiter(rate.Every(opts.Interval), 1)
	}
	return &Client{opts: opts, limit: limit, redact: cloudlog.NewRedactor(opts.Secrets...), http: &http.Client{
		Timeout:       cmp.Or(opts.LongestTry, time.Minute),
		Transport:     opts.Transport,
		CheckRedirect: CheckRedirect,
	}}
}

// CheckRedirect lets an http.Client whose requests carry credentials follow three redirects, and none to another host, or
// from https to http: a redirect elsewhere is the answer itself.
func CheckRedirect(req *http.Request, via []*http.Request) error {
	if from := via[0].URL; req.URL.Scheme != from.Scheme || req.URL.Host != from.Host || len(via) > 3 {
		return http.ErrUseLastResponse
	}
	return nil
}

// Answer holds a complete answer with a status from 200 to 299.
type Answer struct {
	Header http.Header
	Body   []byte
}

// StatusError reports an answer with any other status than 200 to 299, after the last try.
type StatusError struct {
	Name   string
	Status int
	Header http.Header
	Body   []byte // its beginning
}

const snippet = 300

// Error returns the status and the beginning of the body.
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

// retryAfter is a failure whose answer says when to retry.
type retryAfter struct {
	*StatusError
	wait *backoff.RetryAfterError
}

func (e *retryAfter) Unwrap() []error { return []error{e.StatusError, e.wait} }

// ErrTooLarge reports that an answer has more bytes than the client reads.
var ErrTooLarge = errors.New("answer is too large")

// Do sends the request that build returns, and retries a failure that may pass: a broken connection, a
// truncated answer, and the statuses of StatusError.Temporary. It respects Retry-After. The error is a
// *StatusError if the source answered.
func (c *Client) Do(ctx context.Context, build func(ctx context.Context) (*http.Request, error)) (Answer, error) {
	return Retry(ctx, c.opts, func() (Answer, error) { return c.try(ctx, build) })
}

// Retry calls try until it succeeds, returns a backoff.Permanent error, or has used up opts.Tries or
// opts.LongestAll. The waits begin with opts.FirstWait, double from try to try, and are spread by a fifth
// either way. It logs each retry.
func Retry[T any](ctx context.Context, opts Options, try func() (T, error)) (T, error) {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = opts.FirstWait
	wait.Multiplier = 2
	wait.MaxInterval = 16 * opts.FirstWait
	wait.RandomizationFactor = 0.2
	return backoff.Retry(ctx, try,
		backoff.WithBackOff(wait), backoff.WithMaxTries(opts.Tries), backoff.WithMaxElapsedTime(opts.LongestAll),
		backoff.WithNotify(func(err error, after time.Duration) {
			cloudlog.From(ctx).Warn("asking again", "source", opts.Name, "after", after.String(), "error", err)
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
		return Answer{}, c.callError(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.opts.MaxBody+1))
	if err != nil {
		return Answer{}, fmt.Errorf("%s: answer was cut short after %d bytes: %w", c.opts.Name, len(body), err)
	}
	text := c.redact.String(string(body)) // before it is shortened anywhere, or a part of a secret might remain
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		failure := &StatusError{c.opts.Name, resp.StatusCode, resp.Header, []byte(text[:min(len(text), 16<<10)])}
		if !failure.Temporary() {
			return Answer{}, backoff.Permanent(failure)
		}
		if after, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && after > 0 && after <= 300 {
			return Answer{}, &retryAfter{failure, &backoff.RetryAfterError{Duration: time.Duration(after) * time.Second}}
		}
		return Answer{}, failure
	}
	if int64(len(body)) > c.opts.MaxBody {
		return Answer{}, backoff.Permanent(fmt.Errorf("%s: %w: more than %d bytes", c.opts.Name, ErrTooLarge, c.opts.MaxBody))
	}
	return Answer{resp.Header, []byte(text)}, nil
}

// callError returns the error of a request without an answer. It leaves out the address, which may be that of a
// redirect, and secrets that a service has repeated there.
func (c *Client) callError(err error) error {
	if call, ok := errors.AsType[*url.Error](err); ok {
		err = call.Err
	}
	return &callError{c.redact.String(fmt.Sprintf("%s: %v", c.opts.Name, err)), err}
}

type callError struct {
	text string
	err  error
}

func (e *callError) Error() string { return e.text }
func (e *callError) Unwrap() error { return e.err }
