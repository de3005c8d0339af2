// Package upstreamtest is what the fakes of the sources' services have in common: an instant as of which they answer,
// named failures, a count of requests, and ways to be reached without a network or on 127.0.0.1.
package upstreamtest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Control is embedded in a fake. F is the fake's type of failure, "" standing for none. The zero Control answers as of now
// and fails nothing. It is safe for concurrent use.
type Control[F ~string] struct {
	mu       sync.Mutex
	now      time.Time
	failure  F
	healthy  int // requests still to be answered well before failure begins
	requests int
}

// SetNow sets the instant as of which the fake answers; the zero time stands for the clock's.
func (c *Control[F]) SetNow(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Now is the instant as of which the fake answers.
func (c *Control[F]) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	return c.now
}

// Fail makes every request from now on meet the failure; "" mends it.
func (c *Control[F]) Fail(f F) { c.FailAfter(0, f) }

// FailAfter lets n more requests pass and makes every later one meet the failure.
func (c *Control[F]) FailAfter(n int, f F) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failure, c.healthy = f, n
}

// Requests is the number of requests begun so far.
func (c *Control[F]) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// Begin counts a request and says which failure it is to meet.
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

// ParseFailure is the failure of that name, or an error that lists the known ones.
func ParseFailure[F ~string](name string, known []F) (F, error) {
	if f := F(name); f == "" || slices.Contains(known, f) {
		return f, nil
	}
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = string(f)
	}
	return "", fmt.Errorf("failure %.40q is not one of %s", name, strings.Join(names, ", "))
}
