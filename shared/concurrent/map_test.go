package concurrent_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"example.com/rollcall/shared/concurrent"
)

func TestMapReturnsTheResultsInOrderAndKeepsTheLimit(t *testing.T) {
	var running, most atomic.Int64
	got, err := concurrent.Map(t.Context(), 3, 50, func(_ context.Context, i int) (int, error) {
		if n := running.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer running.Add(-1)
		return i * i, nil
	})
	if err != nil || len(got) != 50 || got[49] != 49*49 || !slices.IsSorted(got) {
		t.Errorf("got %v, %v", got, err)
	}
	if most.Load() > 3 {
		t.Errorf("%d calls ran at the same time, want at most 3", most.Load())
	}
}

func TestMapEndsTheOtherCallsWhenOneFails(t *testing.T) {
	failure := errors.New("refused")
	_, err := concurrent.Map(t.Context(), 2, 2, func(ctx context.Context, i int) (int, error) {
		if i == 0 {
			return 0, failure
		}
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}
