package coordinator

import (
	"context"
	"sync"

	"example.com/rollcall/coordinator/ledger"
)

// keyedLock lets one goroutine of this instance at a log at a time.
type keyedLock struct {
	mu   sync.Mutex
	busy map[ledger.Log]chan struct{} // closed when the turn ends
}

// lock waits for the turn at a log, no longer than ctx, and reports whether it had to wait: what was read of the ledger
// before is then likely to be out of date.
func (t *keyedLock) lock(ctx context.Context, log ledger.Log) (release func(), waited bool, err error) {
	for {
		t.mu.Lock()
		ahead, taken := t.busy[log]
		if !taken {
			mine := make(chan struct{})
			if t.busy == nil {
				t.busy = map[ledger.Log]chan struct{}{}
			}
			t.busy[log] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				delete(t.busy, log)
				close(mine)
			}, waited, nil
		}
		t.mu.Unlock()
		waited = true
		select {
		case <-ahead:
		case <-ctx.Done():
			return nil, true, context.Cause(ctx)
		}
	}
}
