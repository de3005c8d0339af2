package gcp

import (
	"context"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// staging reads the bucket in which sources stage.
type staging struct{ bucket *storage.BucketHandle }

// Snapshots are the partitions that have a complete load.
func (s staging) Snapshots(ctx context.Context, source string, from, to partition.Partition) (map[partition.Partition]bool, error) {
	loads, err := stage.Loads(ctx, s.bucket, source, from, to)
	if err != nil {
		return nil, err
	}
	found := map[partition.Partition]bool{}
	for _, l := range loads {
		found[l.Partition] = true
	}
	return found, nil
}
