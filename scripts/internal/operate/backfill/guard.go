package backfill

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
)

const (
	// holdFor is how long a hold lasts that nobody renews: how long models wait for a backfill that has died.
	holdFor = 30 * time.Minute
	// renewal is how often a hold is renewed, so that two may fail.
	renewal = holdFor / 3
	// holds of backfills have ids that begin so.
	idPrefix = "backfill-"
)

// guard holds the partitions that a backfill is at. One that is begun again takes a hold of its own, which says as the
// one before it did when the backfill began.
type guard struct {
	ledger *ledger.Ledger
	now    func() time.Time
	dead   func(by string) bool // reports whether whoever holds is known to have ended
	grows  bool                 // it is for all days up to now, more than when it began

	hold  ledger.Hold           // without its end
	stale []string              // ids of holds that this one takes the place of
	taken []partition.Partition // those that are loaded, and that nobody else may hold

	mu    sync.Mutex
	until time.Time             // when the hold ends if nobody renews it
	parts []partition.Partition // all that are held
}

// takenError says that somebody else is at the same partitions.
type takenError struct {
	hold ledger.Hold
	dead bool
}

func (e *takenError) Error() string {
	h := e.hold
	text := fmt.Sprintf("%s to %s are held by %s, for %s, since %s and until %s at the latest", h.From, h.To, h.By, h.Why,
		h.Begun.UTC().Format("2006-01-02 15:04 UTC"), h.Until.UTC().Format("2006-01-02 15:04 UTC"))
	if e.dead {
		return text + "; it has ended before its work was done: run that again to finish it, or give --restart to let go what it holds"
	}
	return text + "; run this again when it has ended"
}

// newGuard is a guard for a backfill that begins now.
func newGuard(l *ledger.Ledger, h ledger.Hold, now func() time.Time, dead func(by string) bool) *guard {
	h.Begun = now().UTC().Truncate(time.Microsecond)
	h.ID = idPrefix + h.Begun.Format("20060102T150405") + "-" + strings.ToLower(rand.Text()[:6])
	return &guard{ledger: l, hold: h, now: now, dead: dead}
}

// inherit looks for a backfill of the same days and sources that has ended before its work was done, so that this one goes on with
// it: it then began when that one did. With restart it begins now. It is a *takenError when somebody else is at any of the partitions.
func (g *guard) inherit(ctx context.Context, parts []partition.Partition, restart bool) (resumed bool, err error) {
	holds, err := g.holds(ctx, parts)
	if err != nil {
		return false, err
	}
	for _, h := range holds {
		same := strings.HasPrefix(h.ID, idPrefix) && h.From == g.hold.From && slices.Equal(h.Sources, g.hold.Sources) &&
			(h.To == g.hold.To || g.grows && h.To.Compare(g.hold.To) < 0)
		ended := !h.Until.After(g.now())
		switch {
		case !ended && !g.dead(h.By):
			return false, &takenError{h, false}
		case same || !ended && restart:
			g.stale = append(g.stale, h.ID)
			if same && !restart {
				resumed = true
				if h.Begun.Before(g.hold.Begun) {
					g.hold.Begun = h.Begun
				}
			}
		case !ended:
			return false, &takenError{h, true}
		}
	}
	return resumed, nil
}

// holds are those of others on any of the partitions, the first begun first.
func (g *guard) holds(ctx context.Context, parts []partition.Partition) ([]ledger.Hold, error) {
	var v ledger.View
	if err := g.ledger.List(ctx, &v, parts); err != nil {
		return nil, err
	}
	list, err := g.ledger.Holds(ctx, &v)
	return slices.DeleteFunc(list, func(h ledger.Hold) bool { return h.ID == g.hold.ID || slices.Contains(g.stale, h.ID) }), err
}

// take holds the partitions that are going to be loaded. It is a *takenError, and they are let go again, when somebody else has come
// to hold any: of two that begin at once, neither has them for certain.
func (g *guard) take(ctx context.Context, parts []partition.Partition) error {
	g.taken = parts
	if err := g.cover(ctx, parts); err != nil {
		return err
	}
	if err := g.others(ctx, parts); err != nil {
		return errors.Join(err, g.release(ctx))
	}
	return nil
}

// cover holds more partitions, whoever else does.
func (g *guard) cover(ctx context.Context, parts []partition.Partition) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, p := range parts {
		if !slices.Contains(g.parts, p) {
			g.parts = append(g.parts, p)
		}
	}
	return g.write(ctx)
}

// supersede lets go of the holds that this one takes the place of. Not before the models run: if this process dies until then, the
// next has to find all of them, for they may hold more than this one does so far.
func (g *guard) supersede(ctx context.Context) error {
	for _, id := range g.stale {
		if err := g.ledger.Release(ctx, id, g.parts, g.now()); err != nil {
			return err
		}
	}
	return nil
}

// others is a *takenError when somebody else who is at work holds any of the partitions.
func (g *guard) others(ctx context.Context, parts []partition.Partition) error {
	holds, err := g.holds(ctx, parts)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.Until.After(g.now()) && !g.dead(h.By) {
			return &takenError{h, false}
		}
	}
	return nil
}

// write holds all partitions for another while.
func (g *guard) write(ctx context.Context) error {
	h := g.hold
	h.Until = g.now().UTC().Add(holdFor)
	if err := g.ledger.Hold(ctx, h, g.parts, g.now()); err != nil {
		return err
	}
	g.until = h.Until
	return nil
}

// keep renews the hold until ctx ends. When it has not been able to for so long that the hold has ended (the machine was
// asleep), it looks whether somebody else has taken the partitions, and ends the work if so.
func (g *guard) keep(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(renewal)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := g.renew(ctx); err != nil && ctx.Err() == nil {
			var taken *takenError
			if errors.As(err, &taken) || !g.end().After(g.now()) {
				stop(err)
				return
			}
		}
	}
}

func (g *guard) renew(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.until.After(g.now()) {
		if err := g.others(ctx, g.taken); err != nil {
			return err
		}
	}
	return g.write(ctx)
}

// end is when the hold ends if nobody renews it.
func (g *guard) end() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.until
}

// release lets go of everything.
func (g *guard) release(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ledger.Release(ctx, g.hold.ID, g.parts, g.now())
}
