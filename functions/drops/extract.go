// Package drops loads the JSON files that a person downloads from Medium once a month and drops into a bucket, as
// drops/<name>/<anything>.json.
//
// It recognizes three kinds of file by their shape: the statistics of the stats page, a copied answer of
// Medium's GraphQL interface with the same statistics (both drops_medium_stories), and the earnings of the
// Partner Program (drops_medium_earnings). When an object arrives, every month in it is loaded; see Handler.
//
// A table's rows for a month depend only on the files in the bucket, not on the order in which they arrived.
// The newest file with data of the month decides which kind and which <name> count. The rows of all such files
// are merged, story by story, and the newest file wins. So the pages of a long list can be dropped one by one,
// and a corrected file can be dropped later.
package drops

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/source"
)

const (
	storiesTable  = "drops_medium_stories"
	earningsTable = "drops_medium_earnings"
)

//go:embed schema/*.json
var schemaFiles embed.FS

var schemas = schema.MustReadAll(schemaFiles)

// New returns the source over a bucket. The error names everything that is wrong with the settings.
func New(cfg Config, bucket *storage.BucketHandle) (*source.Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("drops: %w", err)
	}
	return &source.Source{
		Name:    "drops",
		Schemas: schemas,
		Extract: folder{bucket}.extract,
	}, nil
}

// extract writes the requested months of the requested tables from the files in the bucket.
func (f folder) extract(ctx context.Context, req source.Request, out *source.Output) error {
	drops, err := f.read(ctx)
	if err != nil {
		return err
	}
	tables := req.Tables
	if tables == nil {
		tables = slices.Sorted(maps.Keys(schemas))
	}
	for _, month := range req.Window {
		for _, table := range tables {
			for _, r := range merge(drops, table, month) {
				if err := out.Write(table, month, r.columns); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// read decodes every dropped file, one at a time. It skips those that cannot be decoded, which were reported
// when they arrived.
func (f folder) read(ctx context.Context) ([]drop, error) {
	objects, err := f.list(ctx)
	if err != nil {
		return nil, err
	}
	var drops []drop
	for _, o := range objects {
		d, err := f.readDrop(ctx, o)
		var fault *source.Error
		switch {
		case errors.As(err, &fault):
			cloudlog.From(ctx).Warn("skipped a dropped file", "object", o.Name, "reason", fault.Err.Error())
		case err != nil:
			return nil, err
		default:
			drops = append(drops, d)
		}
	}
	return drops, nil
}

// merge returns the rows of a table for a month, in order of the stories' ids.
func merge(drops []drop, table string, month partition.Partition) []row {
	var of []drop
	for _, d := range drops {
		if d.table == table && len(d.months[month]) > 0 {
			of = append(of, d)
		}
	}
	if len(of) == 0 {
		return nil
	}
	slices.SortFunc(of, func(a, b drop) int {
		return cmp.Or(cmp.Compare(a.generation, b.generation), cmp.Compare(a.object, b.object))
	})
	newest := of[len(of)-1]
	byID := map[string]row{}
	for _, d := range of {
		if d.shape == newest.shape && d.folder == newest.folder {
			for _, r := range d.months[month] {
				byID[r.postID] = r
			}
		}
	}
	return slices.SortedFunc(maps.Values(byID), func(a, b row) int { return cmp.Compare(a.postID, b.postID) })
}
