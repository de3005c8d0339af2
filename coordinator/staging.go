package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/storage"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Staging reads what the sources have staged.
type Staging interface {
	// Attempts returns the loads of a source's partitions in a range that have ended their staging, or failed: by
	// partition, then the oldest first.
	Attempts(ctx context.Context, source string, from, to partition.Partition) ([]stage.Attempt, error)
	// Load returns what a complete load has staged.
	Load(ctx context.Context, f stage.Folder) (stage.Load, error)
	// Failure returns why a load failed.
	Failure(ctx context.Context, f stage.Folder) (stage.Failure, error)
}

// BucketStaging is the Staging in a bucket.
type BucketStaging struct{ Bucket *storage.BucketHandle }

// Attempts lists the loads.
func (s BucketStaging) Attempts(ctx context.Context, source string, from,
	to partition.Partition) ([]stage.Attempt, error) {
	return stage.Attempts(ctx, s.Bucket, source, from, to)
}

// Load reads what a complete load has staged.
func (s BucketStaging) Load(ctx context.Context, f stage.Folder) (stage.Load, error) {
	return f.Load(ctx)
}

// Failure reads why a load failed.
func (s BucketStaging) Failure(ctx context.Context, f stage.Folder) (stage.Failure, error) {
	return f.Failure(ctx)
}

// failing returns the attempts that explain why partitions have not arrived, or were not refreshed: the newest load of
// the partition failed, and not all of its tables have been loaded since, by a load of a later partition.
// The partitions that count are those listed in v.
func failing(v *ledger.View, s *pipeline.Source, attempts []stage.Attempt) map[partition.Partition]stage.Attempt {
	list := stage.Failing(attempts)
	maps.DeleteFunc(list, func(p partition.Partition, a stage.Attempt) bool {
		return !v.Listed(p) || v.LoadedSince(s.SortedTables(), p, a.LoadID)
	})
	return list
}

// readFailures reads why the current failures of a source failed, by partition.
func (c *Coordinator) readFailures(ctx context.Context, v *ledger.View, s *pipeline.Source,
	attempts []stage.Attempt) (map[partition.Partition]stage.Failure, error) {
	list := slices.Collect(maps.Values(failing(v, s, attempts)))
	read := func(ctx context.Context, i int) (stage.Failure, error) { return c.readFailure(ctx, list[i]) }
	failures, err := concurrent.Map(ctx, factReads, len(list), read)
	if err != nil {
		return nil, err
	}
	found := map[partition.Partition]stage.Failure{}
	for i, a := range list {
		found[a.Partition] = failures[i]
	}
	return found, nil
}

// readFailure reads why a load failed. What cannot be decoded is no reason to say nothing.
func (c *Coordinator) readFailure(ctx context.Context, a stage.Attempt) (stage.Failure, error) {
	failure, err := c.Staging.Failure(ctx, a.Folder)
	_, torn := errors.AsType[*json.SyntaxError](err)
	_, foreign := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case torn || foreign || errors.Is(err, storage.ErrObjectNotExist): // the last: it was deleted since it was listed
		failure = stage.Failure{Code: "unknown", Reason: "the reason cannot be read: " + err.Error()}
	case err != nil:
		return failure, fmt.Errorf("why %s was not loaded for %s: %w", a.Source, a.Partition, err)
	}
	if failure.At.IsZero() {
		failure.At, _ = begunAt(a.Folder)
	}
	if failure.Reason == "" {
		failure.Reason = "it gives no reason"
	}
	failure.LoadID = a.LoadID
	failure.Reason = strings.TrimSuffix(failure.Reason, "; fix: "+failure.Hint) // an error repeats its hint
	return failure, nil
}
