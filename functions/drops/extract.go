// Package drops loads the JSON files that a person downloads from Medium once a month and drops into a bucket, as
// drops/<name>/<anything>.json.
//
// It recognizes three kinds of file by their shape: the statistics of the stats page, a copied answer of
// Medium's GraphQL interface with the same statistics (both drops_medium_stories), and the earnings of the
// Partner Program (drops_medium_earnings). When an object arrives, every month in it is loaded; see Handler.
//
// A table's rows for a month depend only on the files in the bucket, not on the order in which they arrived; see
// assemble. So the pages of a long list can be dropped one by one, and a corrected file can be dropped later. Each
// arrival loads all tables of its month together. What the files of a month make doubtful is refused, and loaded only if
// a person accepts it; see doubts.
package drops

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/cloudlog"
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
	objects, err := f.list(ctx)
	if err != nil {
		return err
	}
	drops, err := f.decode(ctx, objects, "")
	if err != nil {
		return err
	}
	return write(drops, req, out)
}

// write writes the requested months of the requested tables. It says what is doubtful about them, and whose they are.
func write(drops []drop, req source.Request, out *source.Output) error {
	tables := req.Tables
	if tables == nil {
		tables = slices.Sorted(maps.Keys(schemas))
	}
	for _, p := range req.Window {
		var months []tableMonth
		for _, table := range tables {
			m := assemble(drops, table, p)
			months = append(months, m)
			for _, r := range m.rows {
				if err := out.Write(table, p, r.columns); err != nil {
					return err
				}
			}
			for _, refusal := range m.doubts(drops) {
				out.Refuse(refusal)
			}
		}
		user, doubt := owner(months)
		if doubt != nil {
			out.Refuse(*doubt)
		}
		if user != "" {
			out.Account(map[string]string{"user_id": user})
		}
	}
	return nil
}

// decode decodes dropped files, one at a time, but for the object without. It skips those that cannot be decoded, which
// were reported when they arrived.
func (f folder) decode(ctx context.Context, objects []*storage.ObjectAttrs, without string) (drops []drop, err error) {
	for _, o := range objects {
		if o.Name == without {
			continue
		}
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
