package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/partition"
)

// ErrNone reports that no complete load is staged.
var ErrNone = errors.New("nothing complete is staged")

// Attempt is one load that has ended its staging, or failed.
type Attempt struct {
	Folder
	Complete bool // it has staged everything, and what it staged was not refused
	Failed   bool // after Complete: the warehouse or the event failed
}

// Attempts returns the loads of a source's partitions in a range, both ends included and of the same grain.
// They are in order of partitions, and of time within each.
func Attempts(ctx context.Context, bucket *storage.BucketHandle, source string, from,
	to partition.Partition) ([]Attempt, error) {
	query := &storage.Query{
		// the character after /
		Prefix: source + "/", StartOffset: source + "/" + from.String() + "/", EndOffset: source + "/" + to.String() + "0",
		MatchGlob: source + "/*/*/*.json", Projection: storage.ProjectionNoACL,
	}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, err
	}
	var list []Attempt
	for it := bucket.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list staged loads of %s from %s to %s: %w", source, from, to, err)
		}
		list = addAttempt(list, bucket, attrs.Name, from.Grain())
	}
}

// addAttempt adds what the name of an object tells. Names come in order, so that those of a folder follow one another.
func addAttempt(list []Attempt, bucket *storage.BucketHandle, name string, grain partition.Grain) []Attempt {
	parts := strings.Split(name, "/") // not every server supports MatchGlob
	if len(parts) != 4 || parts[3] != completeName && parts[3] != failedName {
		return list
	}
	p, err := partition.Parse(parts[1])
	if err != nil || p.Grain() != grain {
		return list
	}
	folder := Folder{bucket, parts[0], p, parts[2]}
	if n := len(list); n == 0 || list[n-1].Folder != folder {
		list = append(list, Attempt{Folder: folder})
	}
	last := &list[len(list)-1]
	last.Complete = last.Complete || parts[3] == completeName
	last.Failed = last.Failed || parts[3] == failedName
	return list
}

// Loads returns the complete loads of a source's partitions in a range, in the order of Attempts.
func Loads(ctx context.Context, bucket *storage.BucketHandle, source string, from,
	to partition.Partition) ([]Folder, error) {
	attempts, err := Attempts(ctx, bucket, source, from, to)
	return Completed(attempts), err
}

// Completed returns the complete loads among attempts, in their order.
func Completed(attempts []Attempt) (list []Folder) {
	for _, a := range attempts {
		if a.Complete {
			list = append(list, a.Folder)
		}
	}
	return list
}

// Failing returns the partitions whose newest load failed, with that load.
func Failing(attempts []Attempt) map[partition.Partition]Attempt {
	failing := map[partition.Partition]Attempt{}
	for _, a := range attempts { // the newest of a partition is its last
		if delete(failing, a.Partition); a.Failed {
			failing[a.Partition] = a
		}
	}
	return failing
}

// Newest returns the newest complete load of a source's partition, and what it staged for that
// partition. It fails with ErrNone if there is none, or if the bucket's lifecycle has deleted it.
func Newest(ctx context.Context, bucket *storage.BucketHandle, source string,
	p partition.Partition) (Folder, Load, error) {
	folders, err := Loads(ctx, bucket, source, p, p)
	if err != nil {
		return Folder{}, Load{}, err
	}
	if len(folders) == 0 {
		return Folder{}, Load{}, fmt.Errorf("%s for %s: %w", source, p, ErrNone)
	}
	folder := folders[len(folders)-1] // load ids begin with their time
	load, err := folder.Load(ctx)
	if err != nil {
		return Folder{}, Load{}, err
	}
	load.Files = slices.DeleteFunc(load.Files, func(f File) bool { return f.Partition != p })
	return folder, load, nil
}
