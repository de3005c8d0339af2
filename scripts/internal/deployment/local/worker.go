package local

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/localcloud"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

var _ deployment.Worker = (*Machine)(nil)

// morning is how long after a partition's end an invented service answers for it: when the numbers of its day
// are complete.
const morning = 8 * time.Hour

// RequestLoad calls a source's function. An invented service is asked as of the partition's morning, and a month's
// files are dropped before, as the invented creator does. A source loads one partition at a time.
func (m *Machine) RequestLoad(ctx context.Context, r deployment.Request) (result source.Result, err error) {
	f := m.Feeds[r.Source]
	if f == nil {
		return result, fmt.Errorf("request %s: no source has this name", r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.files && f.Origin == datadir.Invented && !r.Accept {
		if err := m.Invent(ctx, r.Partition); err != nil {
			return result, err
		}
		if err := m.Cloud.Idle(ctx); err != nil {
			return result, err
		}
	}
	if f.setTime != nil && !r.Accept {
		// An invented service answers as of any morning, so that snapshots of past days can be loaded.
		f.setTime(r.Partition.End().Add(morning))
	}
	return deployment.Post(ctx, m.client, f.url, r)
}

// Publish publishes an event to the coordinator's topic.
func (m *Machine) Publish(ctx context.Context, e event.Event) error { return m.events.Publish(ctx, e) }

// maxSweeps bounds how often a sweep is repeated while another process reconciles the same targets.
const maxSweeps = 5

// Sweep has the coordinator run what is left, and waits for that and for what follows from it. What is back in the
// warehouse is then not recorded as gone any more.
func (m *Machine) Sweep(ctx context.Context, from, to partition.Partition) error {
	if err := m.sweep(ctx, func() error { return m.Coordinator.Sweep(ctx, from, to) }); err != nil {
		return err
	}
	return m.noticeGone(ctx)
}

// SweepHolding sweeps for the owner of a hold.
func (m *Machine) SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error {
	return m.sweep(ctx, func() error { return m.Coordinator.SweepHolding(ctx, from, to, hold) })
}

func (m *Machine) sweep(ctx context.Context, once func() error) error {
	for n := 1; ; n++ {
		err := once()
		busy := errors.Is(err, coordinator.ErrBusy)
		if err != nil && (!busy || n == maxSweeps) {
			return err
		}
		if err := m.Cloud.Idle(ctx); err != nil || !busy {
			return err
		}
	}
}

// Quiet returns when every message has been handled, for any partition.
func (m *Machine) Quiet(ctx context.Context, _, _ partition.Partition) error {
	return m.Cloud.Idle(ctx)
}

// Seek fails with deployment.ErrNoSeek.
func (m *Machine) Seek(context.Context, time.Time) error { return deployment.ErrNoSeek }

// maxLetters bounds the dead letters that one call sends back.
const maxLetters = 1000

// SendBack sends back dead letters, of this process and of earlier ones.
func (m *Machine) SendBack(ctx context.Context,
	choose func(event.DeadLetter) bool) (sent []event.DeadLetter, err error) {
	letters, err := datadir.DeadLetters(m.Dir).ListDeadLetters(ctx, maxLetters)
	if err != nil {
		return nil, err
	}
	for _, l := range letters {
		if !choose(l) {
			continue
		}
		if err := m.Cloud.SendBack(ctx, l); err != nil {
			return sent, err
		}
		sent = append(sent, l)
	}
	return sent, nil
}

// Restore puts a quarantined file back in its place, and announces it.
func (m *Machine) Restore(ctx context.Context, r deployment.Refused, check func(deployment.Dropped) error) error {
	return deployment.Restore(ctx, m.Cloud.Bucket(localcloud.Drops), r, check, m.announceDrop)
}
