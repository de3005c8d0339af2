package drops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/source"
)

const (
	prefix = "drops/"
	// maxObjects bounds the listed files: two centuries of four files a month.
	maxObjects = 10_000
)

// MaxBytes bounds a file. A page of fifty stories has about 30 KB.
const MaxBytes = 32 << 20

// dropName matches drops/<name>/<anything>.json. <anything> may contain folders.
var dropName = regexp.MustCompile(`(?i)^drops/([^/]+)/.+\.json$`)

const placeHint = "give it a name that ends in .json below drops/<name>/, as in drops/medium/2026-10/stories.json"

// folder reads the bucket where files are dropped.
type folder struct{ bucket *storage.BucketHandle }

// list returns every dropped file, in order of names, without those that the warehouse has refused.
func (f folder) list(ctx context.Context) ([]*storage.ObjectAttrs, error) {
	query := &storage.Query{Prefix: prefix, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name", "Generation", "Size", "Metadata", "Created"}); err != nil {
		return nil, err
	}
	refused, err := f.setAside(ctx)
	if err != nil {
		return nil, err
	}
	var objects []*storage.ObjectAttrs
	for it := f.bucket.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list gs://%s/%s: %w", f.bucket.BucketName(), prefix, err)
		}
		generation := strconv.FormatInt(attrs.Generation, 10)
		if !dropName.MatchString(attrs.Name) || refused[QuarantineName(attrs.Name)+reasonSuffix] == generation {
			continue
		}
		if objects = append(objects, attrs); len(objects) > maxObjects {
			err := source.Errorf("delete old files there; their data stays loaded",
				"gs://%s/%s holds more than %d files", f.bucket.BucketName(), prefix, maxObjects)
			cloudlog.From(ctx).Error("not loaded", "error", err)
			return nil, err
		}
	}
}

var errTooLarge = source.Errorf("split the file and drop the parts",
	"the file has more than %d bytes, more than any download from Medium", MaxBytes)

// readDrop reads and decodes one file. It returns a *source.Error if the file is at fault, and
// storage.ErrObjectNotExist if the file no longer exists. Any other error may pass.
func (f folder) readDrop(ctx context.Context, attrs *storage.ObjectAttrs) (drop, error) {
	if attrs.Size > MaxBytes {
		return drop{}, errTooLarge
	}
	r, err := f.bucket.Object(attrs.Name).Generation(attrs.Generation).NewReader(ctx)
	if err != nil {
		return drop{}, fmt.Errorf("read gs://%s/%s: %w", f.bucket.BucketName(), attrs.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1)) // attrs.Size is too small if it is stored compressed
	switch {
	case err != nil:
		return drop{}, fmt.Errorf("read gs://%s/%s: %w", f.bucket.BucketName(), attrs.Name, err)
	case len(data) > MaxBytes:
		return drop{}, errTooLarge
	}
	return decode(file{attrs.Name, attrs.Generation, attrs.Created, attrs.Metadata["month"]}, data)
}

// folderOf returns the <name> of drops/<name>/<anything>.json.
func folderOf(object string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(object, prefix), "/")
	return name
}
