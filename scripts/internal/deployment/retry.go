package deployment

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"example.com/rollcall/shared/partition"
)

// RetryPolicy says how long a source is waited for.
type RetryPolicy struct {
	First, Longest time.Duration // the first pause between two tries, and the longest that it grows to
	Busy           time.Duration // how long, in all, while it answers that it is busy (429)
	Tries          int           // how often, while it is in trouble that may pass
}

// DefaultRetryPolicy is the patience with what is deployed. A source repeats by itself what its service refuses, so that trouble which gets
// through to here has lasted for a while.
var DefaultRetryPolicy = RetryPolicy{First: 5 * time.Second, Longest: time.Minute, Busy: time.Hour, Tries: 3}

// Request asks a source for a partition, as Worker.Ask does, and again while it is busy or in trouble that may pass.
func (w RetryPolicy) Request(ctx context.Context, ask func(ctx context.Context, source string, p partition.Partition) error, source string, p partition.Partition) error {
	pauses := &backoff.ExponentialBackOff{InitialInterval: w.First, Multiplier: 2, MaxInterval: w.Longest}
	pauses.Reset()
	busy, tries := time.Duration(0), 1
	for {
		err := ask(ctx, source, p)
		if err == nil || ctx.Err() != nil {
			return err
		}
		pause := pauses.NextBackOff()
		var refused *Refusal
		switch {
		case errors.As(err, &refused) && refused.Status == http.StatusTooManyRequests:
			if busy += pause; busy > w.Busy {
				return fmt.Errorf("%s was busy for %s: %w", source, w.Busy, err)
			}
		case refused != nil && refused.Status < http.StatusInternalServerError:
			return err
		default:
			if tries++; tries > w.Tries {
				return err
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
