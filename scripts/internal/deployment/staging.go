package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"example.com/rollcall/shared/concurrent"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Snapshots returns the partitions of a source, from one to another, whose snapshot tables can be loaded, because their
// files are staged or because the source answers as of any day. Otherwise only the newest can be read at the source.
func (d *Deployment) Snapshots(ctx context.Context, source string, from,
	to partition.Partition) (map[partition.Partition]bool, error) {
	attempts, err := d.Staging.Attempts(ctx, source, from, to)
	if err != nil {
		return nil, err
	}
	newest := map[partition.Partition]stage.Folder{}
	for _, f := range stage.Completed(attempts) {
		newest[f.Partition] = f
	}
	folders := slices.Collect(maps.Values(newest))
	holds := func(ctx context.Context, i int) (bool, error) { return d.holdsSnapshot(ctx, folders[i]) }
	held, err := concurrent.Map(ctx, stagingReads, len(folders), holds)
	if err != nil {
		return nil, err
	}
	found := map[partition.Partition]bool{}
	for i, f := range folders {
		if held[i] {
			found[f.Partition] = true
		}
	}
	if d.AnyDay != nil && d.AnyDay(source) {
		for p := range partition.Range(from, to) {
			found[p] = true
		}
	}
	return found, nil
}

// stagingReads bounds the objects of staging that are read at the same time.
const stagingReads = 16

// holdsSnapshot reports whether a load has staged a snapshot table of its partition. One that came too late has only
// the window tables.
func (d *Deployment) holdsSnapshot(ctx context.Context, f stage.Folder) (bool, error) {
	load, err := d.Staging.Load(ctx, f)
	return slices.ContainsFunc(load.Files, func(file stage.File) bool {
		table := d.Pipeline.Sources[f.Source].Tables[file.Table]
		return file.Partition == f.Partition && table != nil && table.Reads == pipeline.Snapshot
	}), err
}

// Failures returns why the newest load of each partition of a source failed, from one to another, of those whose
// newest load did.
func (d *Deployment) Failures(ctx context.Context, source string, from,
	to partition.Partition) (map[partition.Partition]stage.Failure, error) {
	attempts, err := d.Staging.Attempts(ctx, source, from, to)
	if err != nil {
		return nil, err
	}
	failures := map[partition.Partition]stage.Failure{}
	for p, a := range stage.Failing(attempts) {
		failure, err := d.Staging.Failure(ctx, a.Folder)
		if _, torn := errors.AsType[*json.SyntaxError](err); torn { // a run is writing it at this moment
			continue
		}
		if err != nil {
			return nil, err
		}
		failures[p] = failure
	}
	return failures, nil
}
