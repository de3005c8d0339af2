// Package concurrent provides what several goroutines of one process need: a lock for each key, whose waiters
// can give up, and calls that run at the same time.
package concurrent

import (
	"context"
	"sync"
)

// Locks holds one lock for each key. The zero value has all keys unlocked. It keeps no memory for unlocked keys.
type Locks[K comparable] struct {
	mu   sync.Mutex
	held map[K]chan struct{} // closed on unlock
}

// Lock waits until it holds the lock of key, or returns ctx's cause. waited reports whether another goroutine
// held it before: anything read earlier may be out of date then.
func (l *Locks[K]) Lock(ctx context.Context, key K) (unlock func(), waited bool, err error) {
	for {
		l.mu.Lock()
		other, held := l.held[key]
		if !held {
			mine := make(chan struct{})
			if l.held == nil {
				l.held = map[K]chan struct{}{}
			}
			l.held[key] = mine
			l.mu.Unlock()
			return func() {
				l.mu.Lock()
				defer l.mu.Unlock()
				delete(l.held, key)
				close(mine)
			}, waited, nil
		}
		l.mu.Unlock()
		waited = true
		select {
		case <-other:
		case <-ctx.Done():
			return nil, true, context.Cause(ctx)
		}
	}
}
