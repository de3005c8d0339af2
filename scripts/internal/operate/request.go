package operate

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/source"
	"example.com/rollcall/shared/stage"
)

// RetryPolicy says how long a source is retried. The zero RetryPolicy tries once.
type RetryPolicy struct {
	First, Longest time.Duration // the first pause between two tries, and the longest that it grows to
	Busy           time.Duration // how long, in all, while it answers that it is busy (429)
	Tries          int           // how often, while it fails in a way that may pass
}

// DefaultRetryPolicy is for what is deployed. A source retries by itself what its service refuses, so a failure
// that reaches this program has lasted for a while.
var DefaultRetryPolicy = RetryPolicy{First: 5 * time.Second, Longest: time.Minute, Busy: time.Hour, Tries: 3}

// do calls try until it succeeds, retrying while the source is busy or fails in a way that may pass.
func (r RetryPolicy) do(ctx context.Context, try func() error) error {
	pauses := &backoff.ExponentialBackOff{InitialInterval: r.First, Multiplier: 2, MaxInterval: r.Longest}
	pauses.Reset()
	busy, tries := time.Duration(0), 1
	for {
		err := try()
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause := pauses.NextBackOff()
		var refused *deployment.Refusal
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
			if busy += pause; busy > r.Busy || r.Busy == 0 {
				return fmt.Errorf("busy for %s: %w", r.Busy, err)
			}
		case refused != nil && refused.Status < http.StatusInternalServerError:
			return err
		default:
			if tries++; tries > r.Tries {
				return err
			}
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// sleep waits, or fails when ctx ends before.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// request is one partition of one source.
type request struct {
	source    string
	partition partition.Partition
}

// trouble says why a source's partition was not loaded.
type trouble struct {
	reason, hint string
	failed       bool // the request failed; otherwise it was not made
	refusals     []stage.Refusal
}

// failure returns why a request failed.
func failure(err error) trouble {
	t := trouble{reason: err.Error(), failed: true}
	if refused, ok := errors.AsType[*deployment.Refusal](err); ok {
		t.reason, t.hint, t.refusals = refused.Reason, refused.Hint, refused.Refusals
	}
	return t
}

// maxFailures is how many failures in a row end the requests to a source: what failed twice will fail again.
const maxFailures = 2

// loader requests loads from sources, and notes what was not loaded and why.
type loader struct {
	request func(ctx context.Context, r deployment.Request) (source.Result, error)
	retry   RetryPolicy
	accepts *acceptance // nil: what is refused stays refused

	mu       sync.Mutex
	troubles map[request]trouble
	accepted []Accepted
	settled  map[request]bool // loaded with the acceptance of an earlier partition
}

// acceptance says who accepts what the sources' loads were refused for.
type acceptance struct {
	by, reason string
	refused    map[request]string // the load that they have seen; its rows are accepted, and the service is not asked
}

func newLoader(w deployment.Worker, retry RetryPolicy, accepts *acceptance) loader {
	return loader{request: w.RequestLoad, retry: retry, accepts: accepts, troubles: map[request]trouble{},
		settled: map[request]bool{}}
}

// load makes the requests of all plans: so many sources at a time, each for one partition at a time, oldest
// first. A request that fails is noted. It fails only when ctx ends.
func (l *loader) load(ctx context.Context, plans []plan.RequestPlan, parallel int, progress *term.Progress) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	var starts []func()
	for _, r := range plans { // all lines before the first group.Go waits for a place
		if len(r.Requests) > 0 {
			line := progress.Line(r.Source.Name, "requests", len(r.Requests))
			starts = append(starts, func() {
				group.Go(func() error { return l.loadSource(ctx, r.Source, r.Requests, line) })
			})
		}
	}
	progress.Start()
	for _, start := range starts {
		start()
	}
	return group.Wait()
}

// loadSource makes the requests to one source.
func (l *loader) loadSource(ctx context.Context, s *pipeline.Source, requests []partition.Partition,
	line *term.Line) error {
	note, failures := "", 0
	for n, p := range requests {
		if failures == maxFailures {
			l.note(s.Name, requests[n:], trouble{reason: fmt.Sprintf("not requested, because %s had failed for %s",
				s.Name, requests[n-1])})
			break
		}
		if l.isSettled(request{s.Name, p}) {
			line.Step()
			continue
		}
		_, err := l.loadOne(ctx, request{s.Name, p})
		switch {
		case err == nil:
			failures = 0
			line.Step()
			continue
		case ctx.Err() != nil:
			l.note(s.Name, requests[n:], trouble{reason: stoppedBefore})
			line.Finish("stopped")
			return context.Cause(ctx)
		}
		l.note(s.Name, requests[n:n+1], failure(err))
		note = fmt.Sprintf("failed for %s", p)
		if s.Schedule != "" { // files that a person drops may exist for one month and not for another
			failures++
		}
	}
	line.Finish(note)
	return nil
}

// loadOne requests one partition. If it is refused, and a person accepts that, its rows are loaded all the same.
func (l *loader) loadOne(ctx context.Context, r request) (result source.Result, err error) {
	q := deployment.Request{Source: r.source, Partition: r.partition}
	accept := false
	if l.accepts != nil {
		q.LoadID, accept = l.accepts.refused[r]
	}
	for {
		if accept {
			q.Accept, q.By, q.Reason = true, l.accepts.by, l.accepts.reason
		}
		err = l.retry.do(ctx, func() (err error) {
			result, err = l.request(ctx, q)
			return err
		})
		refused, ok := errors.AsType[*deployment.Refusal](err)
		if accept || l.accepts == nil || !ok || !refused.Acceptable() {
			break
		}
		accept = true
	}
	if err == nil {
		l.settle(result)
	}
	return result, err
}

// settle notes what was accepted, and what was loaded with it.
func (l *loader) settle(result source.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range append([]source.Result{result}, result.Later...) {
		l.settled[request{r.Source, r.Partition}] = true
		if a := r.Accepted; a != nil {
			l.accepted = append(l.accepted, Accepted{Source: r.Source, Partition: r.Partition, By: a.By, Reason: a.Reason,
				LoadID: r.LoadID, Refused: a.Refused})
		}
	}
}

func (l *loader) isSettled(r request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settled[r]
}

const stoppedBefore = "not requested, because the command was stopped"

func (l *loader) note(source string, list []partition.Partition, t trouble) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range list {
		l.troubles[request{source, p}] = t
	}
}
