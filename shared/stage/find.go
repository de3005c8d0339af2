package stage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/partition"
)

// ErrNone reports that no complete load is staged.
var ErrNone = errors.New("nothing complete is staged")

// Loads returns the complete loads of a source's partitions in a range, both ends included and of the same
// grain. They are in order of partitions, and of time within each.
func Loads(ctx context.Context, bucket *storage.BucketHandle, source string, from,
	to partition.Partition) ([]Folder, error) {
	query := &storage.Query{
		// the character after /
		Prefix: source + "/", StartOffset: source + "/" + from.String() + "/", EndOffset: source + "/" + to.String() + "0",
		MatchGlob: source + "/*/*/" + completeName, Projection: storage.ProjectionNoACL,
	}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, err
	}
	var list []Folder
	for it := bucket.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list staged loads of %s from %s to %s: %w", source, from, to, err)
		}
		parts := strings.Split(attrs.Name, "/") // not every server supports MatchGlob
		if len(parts) != 4 || parts[3] != completeName {
			continue
		}
		if p, err := partition.Parse(parts[1]); err == nil && p.Grain() == from.Grain() {
			list = append(list, Folder{bucket, source, p, parts[2]})
		}
	}
}

// Newest returns the newest complete load of a source's partition, and the files that it staged for that
// partition. It fails with ErrNone if there is none, or if the bucket's lifecycle has deleted it.
func Newest(ctx context.Context, bucket *storage.BucketHandle, source string,
	p partition.Partition) (Folder, []File, error) {
	folders, err := Loads(ctx, bucket, source, p, p)
	if err != nil {
		return Folder{}, nil, err
	}
	if len(folders) == 0 {
		return Folder{}, nil, fmt.Errorf("%s for %s: %w", source, p, ErrNone)
	}
	folder := folders[len(folders)-1] // load ids begin with their time
	files, err := folder.Files(ctx)
	if err != nil {
		return Folder{}, nil, err
	}
	var own []File
	for _, f := range files {
		if f.Partition == p {
			own = append(own, f)
		}
	}
	return folder, own, nil
}

// Files returns everything that a complete load has staged, of all tables and partitions.
func (f Folder) Files(ctx context.Context) ([]File, error) {
	name := f.path() + "/" + completeName
	r, err := f.Bucket.Object(name).NewReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxComplete))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var files []File
	if err := json.Unmarshal(data, &files); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return files, nil
}
