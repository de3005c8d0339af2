package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/rollcall/shared/partition"
)

// Holder holds partitions for as long as a command works on them. It renews the hold long before it ends; when
// the process dies, the hold ends by itself.
//
// A command calls TakeOver, Take, and While; then Extend when it needs more partitions, ReleaseOld, and Release.
type Holder struct {
	ledger *Ledger
	ttl    time.Duration // how long the hold lasts after each renewal
	now    func() time.Time
	ended  func(by string) bool // reports whether the process that holds is known to have ended

	hold  Hold                  // its own, without Until
	old   []string              // ids of the holds that this one replaces
	taken []partition.Partition // that no other command may hold

	mu    sync.Mutex
	until time.Time
	held  []partition.Partition
}

// HolderOptions configures a Holder.
type HolderOptions struct {
	Kind string               // the command, "backfill"; ids of its holds begin with it
	Hold Hold                 // By, Why, From, To and Sources
	TTL  time.Duration        // how long the hold lasts when it is not renewed
	Now  func() time.Time     // the clock
	Dead func(by string) bool // reports whether the process that holds is known to have ended
}

// NewHolder returns a Holder for work that begins now. It holds nothing yet.
func NewHolder(l *Ledger, o HolderOptions) *Holder {
	h := o.Hold
	h.Begun = o.Now().UTC().Truncate(time.Microsecond)
	h.ID = o.Kind + "-" + h.Begun.Format("20060102T150405") + "-" + strings.ToLower(rand.Text()[:6])
	return &Holder{ledger: l, ttl: o.TTL, now: o.Now, ended: o.Dead, hold: h}
}

// HeldError reports that another command holds the same partitions.
type HeldError struct {
	Hold Hold
	Dead bool // its process has ended
}

func (e *HeldError) Error() string {
	h := e.Hold
	const layout = "2006-01-02 15:04 UTC"
	text := fmt.Sprintf("%s to %s are held by %s, for %s, since %s and until %s at the latest",
		h.From, h.To, h.By, h.Why, h.Begun.UTC().Format(layout), h.Until.UTC().Format(layout))
	if e.Dead {
		return text + "; its process has ended before the work was done: run it again to finish it, " +
			"or backfill --restart to release it"
	}
	return text + "; run this again when it has ended"
}

// ID returns the id of the hold.
func (h *Holder) ID() string { return h.hold.ID }

// Begun returns when the work began: that of a command that was taken over, or now.
func (h *Holder) Begun() time.Time { return h.hold.Begun }

// Use makes the Holder write to another ledger: the same records, through a store that can be written to.
func (h *Holder) Use(l *Ledger) { h.ledger = l }

// TakeOver looks for holds on the partitions that this one replaces: those of commands that have ended, if same
// reports that their work is what this command does, or if force is set. It returns those with the same work.
// It fails with a *HeldError when another command holds any of the partitions. It writes nothing.
func (h *Holder) TakeOver(ctx context.Context, list []partition.Partition, same func(Hold) bool,
	force bool) (resumed []Hold, err error) {
	holds, err := h.others(ctx, list)
	if err != nil {
		return nil, err
	}
	for _, other := range holds {
		expired := !other.Until.After(h.now())
		switch {
		case !expired && !h.ended(other.By):
			return nil, &HeldError{other, false}
		case same(other):
			h.old, resumed = append(h.old, other.ID), append(resumed, other)
		case !expired && force:
			h.old = append(h.old, other.ID)
		case !expired:
			return nil, &HeldError{other, true}
		}
	}
	return resumed, nil
}

// Resume makes the work count as begun when another did, if that was earlier.
func (h *Holder) Resume(other Hold) {
	if other.Begun.Before(h.hold.Begun) {
		h.hold.Begun = other.Begun
	}
}

// Take holds partitions that no other command may hold. When another command has come to hold any of them, it
// releases them again and fails with a *HeldError: of two that begin at the same time, one or none goes on.
func (h *Holder) Take(ctx context.Context, list []partition.Partition) error {
	h.taken = list
	if err := h.Extend(ctx, list); err != nil {
		return err
	}
	if err := h.refuseOthers(ctx); err != nil {
		return errors.Join(err, h.Release(ctx))
	}
	return nil
}

// Extend holds more partitions, whether or not other commands hold them too.
func (h *Holder) Extend(ctx context.Context, list []partition.Partition) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range list {
		if !slices.Contains(h.held, p) {
			h.held = append(h.held, p)
		}
	}
	return h.write(ctx)
}

// Held returns the partitions that are held.
func (h *Holder) Held() []partition.Partition {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.held)
}

// ReleaseOld releases the holds that this one replaces. Call it late: if this process dies before, the next one
// must find all of them, because they may hold more partitions than this one does so far.
func (h *Holder) ReleaseOld(ctx context.Context) error {
	for _, id := range h.old {
		if err := h.ledger.Release(ctx, id, h.Held(), h.now()); err != nil {
			return err
		}
	}
	return nil
}

// While calls do and renews the hold until it returns. The context of do ends when the hold is lost.
func (h *Holder) While(ctx context.Context, do func(context.Context) error) error {
	working, stop := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { h.keep(working, stop) })
	err := do(working)
	if err != nil && working.Err() != nil {
		err = context.Cause(working)
	}
	stop(nil)
	renewing.Wait()
	return err
}

// keep renews the hold until ctx ends. When the hold has ended meanwhile, because the machine was asleep, and
// another command has taken the partitions, or when it cannot be renewed in time, keep ends the work.
func (h *Holder) keep(ctx context.Context, stop context.CancelCauseFunc) {
	tick := time.NewTicker(h.ttl / 3) // so that two renewals may fail
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.renew(ctx); err != nil && ctx.Err() == nil {
			if _, held := errors.AsType[*HeldError](err); held || !h.Until().After(h.now()) {
				stop(err)
				return
			}
		}
	}
}

func (h *Holder) renew(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.until.After(h.now()) {
		if err := h.refuseOthers(ctx); err != nil {
			return err
		}
	}
	return h.write(ctx)
}

// write holds all partitions for another while.
func (h *Holder) write(ctx context.Context) error {
	hold := h.hold
	hold.Until = h.now().UTC().Add(h.ttl)
	if err := h.ledger.Hold(ctx, hold, h.held, h.now()); err != nil {
		return err
	}
	h.until = hold.Until
	return nil
}

// Until returns when the hold ends if it is not renewed.
func (h *Holder) Until() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.until
}

// Release releases everything that is held.
func (h *Holder) Release(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ledger.Release(ctx, h.hold.ID, h.held, h.now())
}

// others returns the holds of other commands on any of the partitions, the earliest begun first.
func (h *Holder) others(ctx context.Context, list []partition.Partition) ([]Hold, error) {
	var v View
	if err := h.ledger.List(ctx, &v, list); err != nil {
		return nil, err
	}
	holds, err := h.ledger.Holds(ctx, &v)
	own := func(other Hold) bool { return other.ID == h.hold.ID || slices.Contains(h.old, other.ID) }
	return slices.DeleteFunc(holds, own), err
}

// refuseOthers fails with a *HeldError when another command that is at work holds any of the taken partitions.
func (h *Holder) refuseOthers(ctx context.Context) error {
	holds, err := h.others(ctx, h.taken)
	if err != nil {
		return err
	}
	for _, other := range holds {
		if other.Until.After(h.now()) && !h.ended(other.By) {
			return &HeldError{other, false}
		}
	}
	return nil
}
