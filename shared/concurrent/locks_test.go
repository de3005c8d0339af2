package concurrent_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"example.com/rollcall/shared/concurrent"
)

func TestOneGoroutineAtATimeHoldsAKey(t *testing.T) {
	var locks concurrent.Locks[string]
	var wg sync.WaitGroup
	count := 0
	for range 100 {
		wg.Go(func() {
			unlock, _, err := locks.Lock(t.Context(), "a")
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			count++
		})
	}
	wg.Wait()
	if count != 100 {
		t.Errorf("count is %d, want 100", count)
	}
}

func TestLockReportsWaitingAndGivesUpWithItsContext(t *testing.T) {
	var locks concurrent.Locks[int]
	unlock, waited, err := locks.Lock(t.Context(), 1)
	if waited || err != nil {
		t.Fatal(waited, err)
	}
	reason := errors.New("too late")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if _, waited, err := locks.Lock(ctx, 1); !waited || !errors.Is(err, reason) {
		t.Errorf("a held key: %v, %v", waited, err)
	}
	if other, waited, err := locks.Lock(ctx, 2); waited || err != nil {
		t.Errorf("another key: %v, %v", waited, err)
	} else {
		other()
	}
	unlock()
	if _, waited, err := locks.Lock(t.Context(), 1); waited || err != nil {
		t.Errorf("an unlocked key: %v, %v", waited, err)
	}
}
