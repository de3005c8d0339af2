package deployment

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Worker does things at a site. It may be used from many goroutines.
type Worker interface {
	// RequestLoad asks a source to load a partition, and returns when it is loaded and its event published. It is a *Refusal when
	// the source answers that it is not, and why.
	RequestLoad(ctx context.Context, source string, p partition.Partition) error
	// Publish publishes an event to the coordinator's topic.
	Publish(ctx context.Context, e event.Event) error
	// Sweep has the coordinator take a turn for every model's partition that holds a day from one to another, both included.
	// It returns when all that it started has ended, or with the reason why something did not.
	Sweep(ctx context.Context, from, to partition.Partition) error
	// SweepHolding is Sweep for the one whose hold it is, by its id: the hold keeps only others out, and what is to run does so
	// in dependency order, each target once.
	SweepHolding(ctx context.Context, from, to partition.Partition, hold string) error
	// Quiet returns when nothing is under way any more, nor about to be, for the models' partitions that hold a day from one
	// to another, both included.
	Quiet(ctx context.Context, from, to partition.Partition) error
	// Seek sets the coordinator's subscription back, so that every message published since is delivered again, 31 days at
	// most. It is ErrNoSeek where messages are not kept.
	Seek(ctx context.Context, to time.Time) error
	// SendBack publishes dead letters again where they came from, and takes each away from the dead letters once that is
	// done. It gives those that it sent.
	SendBack(ctx context.Context, choose func(event.DeadLetter) bool) ([]event.DeadLetter, error)
	// Restore puts a file that is in quarantine in its place again, as if it were dropped now, when check finds nothing against
	// it, and then takes it out of quarantine. It is ErrReplaced when another file has been dropped in that place since.
	Restore(ctx context.Context, r Refused, check func(Dropped) error) error
	// Estimate is how many bytes a run of a model's partition would read, without running it; ErrNoEstimate where nothing
	// is billed by bytes.
	Estimate(ctx context.Context, m *manifest.Model, p partition.Partition) (int64, error)
	Close() error
}

// Errors of a Worker, wrapped.
var (
	// ErrNoSeek: messages are not kept here, so none can be delivered again.
	ErrNoSeek = errors.New("messages are kept in memory only, and end with the process; there is nothing to seek back to")
	// ErrReplaced: there is a newer file in the place that a file in quarantine came from, and nobody wants the older back.
	ErrReplaced = errors.New("another file stands in its place since")
	// ErrNoEstimate: nobody is billed by bytes here.
	ErrNoEstimate = errors.New("nothing is billed by bytes here")
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
