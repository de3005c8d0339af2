package deployment

import (
	"context"
	"errors"
	"time"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/source"
)

// Worker changes things in a deployment. It may be used from many goroutines.
type Worker interface {
	// RequestLoad has a source load a partition, and returns what was loaded when its event is published. It fails with a
	// *Refusal when the source answers that it was not loaded, and why.
	RequestLoad(ctx context.Context, r Request) (source.Result, error)
	// Publish publishes an event to the coordinator's topic.
	Publish(ctx context.Context, e event.Event) error
	// Sweep has the coordinator reconcile every model's partition that contains a day from one to another, both
	// included. It returns when everything that it started has ended, or with the reason why something did not.
	Sweep(ctx context.Context, from, to partition.Partition) error
	// SweepHolding is Sweep for the owner of the hold with this id. The hold keeps only others out, and what must
	// run does so in dependency order, each target once.
	SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error
	// Quiet returns when nothing is running or about to run for the models' partitions that contain a day from one
	// to another, both included.
	Quiet(ctx context.Context, from, to partition.Partition) error
	// Seek moves the coordinator's subscription back, so that every message published since a time is delivered
	// again; 31 days at most. It fails with ErrNoSeek where messages are not kept.
	Seek(ctx context.Context, to time.Time) error
	// SendBack publishes the chosen dead letters again where they came from, removes each from the dead letters,
	// and returns them.
	SendBack(ctx context.Context, choose func(event.DeadLetter) bool) ([]event.DeadLetter, error)
	// Restore puts a file from the quarantine back in its place, as if it were dropped now, unless check returns
	// an error, and then removes it from the quarantine. It fails with ErrReplaced when another file was dropped
	// in that place.
	Restore(ctx context.Context, r Refused, check func(Dropped) error) error
	Close() error
}

// Errors of a Worker, wrapped.
var (
	// ErrNoSeek reports that messages are not kept, so that none can be delivered again.
	ErrNoSeek = errors.New("messages are kept in memory and end with the process, so a subscription cannot be moved back")
	// ErrReplaced reports that a newer file is in the place that a file in quarantine came from.
	ErrReplaced = errors.New("another file was dropped in its place since")
)
