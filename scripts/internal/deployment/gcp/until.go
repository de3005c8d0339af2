package gcp

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// longest bounds the pause between two questions about the same.
	longest = 30 * time.Second
	// maxTroubles is how often in a row a question may end in trouble, some minutes long: what lasts is for a person to mend.
	maxTroubles = 12
)

// underWay says of something that it is not done yet. It is waited for as long as it takes.
type underWay struct{ error }

// until asks again and again, with growing pauses, until ask gives no error. It gives up what is permanent at once, and any
// other trouble when that does not pass.
func (w *Worker) until(ctx context.Context, ask func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = w.pause, longest
	inARow := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := ask()
		if _, waits := errors.AsType[underWay](err); err == nil || waits {
			inARow = 0
		} else if inARow++; inARow == maxTroubles {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0))
	return err
}
