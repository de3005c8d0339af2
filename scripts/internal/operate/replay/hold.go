package replay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/rollcall/coordinator/ledger"
)

const (
	idPrefix = "replay-"
	// holdFor is how far ahead a hold ends. It is renewed long before; of a replay that was killed, nothing is held for longer.
	holdFor = 10 * time.Minute
	// grace is how long the last writes may take once the work was stopped.
	grace = 30 * time.Second
)

// holding does work while the course's partitions are held, under the id that do is given, and releases them in any case.
func (r *replay) holding(ctx context.Context, s survey, do func(ctx context.Context, id string) error) (err error) {
	now := r.sys.now()
	id := idPrefix + rand.Text()[:12]
	h := ledger.Hold{ID: id, By: whoAmI(), Why: r.why(), From: s.From, To: s.To, Begun: now.UTC(), Until: now.Add(holdFor)}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err = errors.Join(err, r.ledger.Release(last, id, s.Hold, r.sys.now()))
	}()
	if err := r.ledger.Hold(ctx, h, s.Hold, now); err != nil {
		return err
	}
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var renewing sync.WaitGroup
	renewing.Go(func() {
		tick := time.NewTicker(holdFor / 3)
		defer tick.Stop()
		for {
			select {
			case <-work.Done():
				return
			case <-tick.C:
				now, renewed := r.sys.now(), h
				renewed.Until = now.Add(holdFor)
				err := r.ledger.Hold(work, renewed, s.Hold, now)
				switch {
				case err == nil:
					h = renewed
				case work.Err() == nil && h.Until.Sub(now) < holdFor/2: // the next time might be too late
					stop(fmt.Errorf("hold on: %w", err))
				}
			}
		}
	})
	err = do(work, id)
	if cause := context.Cause(work); err != nil && cause != nil && ctx.Err() == nil {
		err = errors.Join(cause, err)
	}
	stop(nil)
	renewing.Wait()
	return err
}

// why says what the replay is for, in the ledger's records.
func (r *replay) why() string {
	switch {
	case r.Way == bySeek:
		return "events since " + r.Since.Format(time.RFC3339) + " come again"
	case r.Model != "":
		return fmt.Sprintf("%s of %s runs again", r.Model, r.Date)
	}
	return fmt.Sprintf("%s runs again", r.Date)
}
