// Package upstreamtest holds what the fakes of the sources' services share: the instant as of which a fake
// answers, named failures, a count of requests, answers, and ways to reach a fake without a network or on
// 127.0.0.1.
package upstreamtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Control steers a fake, which embeds it. F is the fake's type of failure; "" means none. A new Control answers
// as of now and fails nothing. It is safe for concurrent use.
type Control[F ~string] struct {
	known []F

	mu       sync.Mutex
	now      time.Time
	failure  F
	healthy  int // requests that still succeed before the failure begins
	requests int
}

// NewControl returns a Control of a fake that can fail in the given ways.
func NewControl[F ~string](failures []F) *Control[F] { return &Control[F]{known: failures} }

// SetNow sets the instant as of which the fake answers. The zero time means the clock's.
func (c *Control[F]) SetNow(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Now returns the instant as of which the fake answers.
func (c *Control[F]) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

// Fail makes every later request fail in a way; "" ends the failure.
func (c *Control[F]) Fail(f F) { c.FailAfter(0, f) }

// FailAfter makes every request after the next n fail in a way.
func (c *Control[F]) FailAfter(n int, f F) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure, c.healthy = f, n
}

// FailByName does what Fail does, with a failure's name. For an empty or unknown name it returns an error that lists
// the known ones.
func (c *Control[F]) FailByName(name string) error {
	f := F(name)
	if !slices.Contains(c.known, f) {
		names := make([]string, len(c.known))
		for i, f := range c.known {
			names[i] = string(f)
		}
		return fmt.Errorf("failure %.40q is not one of %s", name, strings.Join(names, ", "))
	}
	c.Fail(f)
	return nil
}

// Requests returns the number of requests begun so far.
func (c *Control[F]) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// Begin counts a request and returns the failure that it must meet.
func (c *Control[F]) Begin() F {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	if c.healthy > 0 {
		c.healthy--
		return ""
	}
	return c.failure
}
