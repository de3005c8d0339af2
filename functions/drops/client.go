package drops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/source"
)

const (
	prefix     = "drops/"
	quarantine = "quarantine/"
	// maxObjects bounds the listed files: two centuries of four files a month.
	maxObjects = 10_000
	// maxBytes bounds a file. A page of fifty stories has about 30 KB.
	maxBytes = 32 << 20
)

// dropName matches drops/<name>/<anything>.json. <anything> may contain folders.
var dropName = regexp.MustCompile(`(?i)^drops/([^/]+)/.+\.json$`)

// folder reads the bucket where files are dropped.
type folder struct{ bucket *storage.BucketHandle }

// list returns every dropped file, in order of names.
func (f folder) list(ctx context.Context) ([]*storage.ObjectAttrs, error) {
	query := &storage.Query{Prefix: prefix, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name", "Generation", "Size", "Metadata", "Created"}); err != nil {
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
		if !dropName.MatchString(attrs.Name) {
			continue
		}
		if objects = append(objects, attrs); len(objects) > maxObjects {
			return nil, source.Errorf("delete old files there; their data stays loaded",
				"gs://%s/%s holds more than %d files", f.bucket.BucketName(), prefix, maxObjects)
		}
	}
}

var errTooLarge = source.Errorf("split the file and drop the parts",
	"the file has more than %d bytes, more than any download from Medium", maxBytes)

// readDrop reads and decodes one file. It returns a *source.Error if the file is at fault, and
// storage.ErrObjectNotExist if the file no longer exists. Any other error may pass.
func (f folder) readDrop(ctx context.Context, attrs *storage.ObjectAttrs) (drop, error) {
	if attrs.Size > maxBytes {
		return drop{}, errTooLarge
	}
	r, err := f.bucket.Object(attrs.Name).Generation(attrs.Generation).NewReader(ctx)
	if err != nil {
		return drop{}, fmt.Errorf("read gs://%s/%s: %w", f.bucket.BucketName(), attrs.Name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1)) // attrs.Size is too small if it is stored compressed
	switch {
	case err != nil:
		return drop{}, fmt.Errorf("read gs://%s/%s: %w", f.bucket.BucketName(), attrs.Name, err)
	case len(data) > maxBytes:
		return drop{}, errTooLarge
	}
	return decode(file{attrs.Name, attrs.Generation, attrs.Created, attrs.Metadata["month"]}, data)
}

// reason says why a file is in quarantine.
type reason struct {
	Object     string    `json:"object"`
	Generation int64     `json:"generation,string"`
	Reason     string    `json:"reason"`
	Hint       string    `json:"hint"`
	When       time.Time `json:"when"`
}

// quarantineFile copies a file into quarantine, with the reason beside it. The file itself stays in its place.
// Calling it again changes only the time.
func (f folder) quarantineFile(ctx context.Context, attrs *storage.ObjectAttrs, fault *source.Error,
	now time.Time) error {
	always := storage.WithPolicy(storage.RetryAlways) // each write can be repeated
	from := f.bucket.Object(attrs.Name).Generation(attrs.Generation)
	to := f.bucket.Object(quarantine + attrs.Name).Retryer(always)
	if _, err := to.CopierFrom(from).Run(ctx); err != nil {
		return fmt.Errorf("copy gs://%s/%s to %s: %w", f.bucket.BucketName(), attrs.Name, quarantine, err)
	}
	text, err := json.MarshalIndent(reason{attrs.Name, attrs.Generation, fault.Err.Error(), fault.Hint, now.UTC()},
		"", "  ")
	if err != nil {
		return err
	}
	name := quarantine + attrs.Name + ".reason.json"
	w := f.bucket.Object(name).Retryer(always).NewWriter(ctx)
	w.ContentType, w.ChunkSize = "application/json", 0
	_, err = w.Write(append(text, '\n'))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write gs://%s/%s: %w", f.bucket.BucketName(), name, err)
	}
	return nil
}

// folderOf returns the <name> of drops/<name>/<anything>.json.
func folderOf(object string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(object, prefix), "/")
	return name
}

// Check reports why a file could not be loaded if it were dropped at an instant as an object,
// drops/<name>/<anything>.json. Month is the object's metadata of that name, or "". The error holds a hint.
func Check(object string, at time.Time, month string, data []byte) error {
	if !dropName.MatchString(object) {
		return source.Errorf("give it a name like drops/medium/2026-10/stories.json", "%s is not a place for a drop", object)
	}
	if len(data) > maxBytes {
		return errTooLarge
	}
	_, err := decode(file{object: object, created: at, month: month}, data)
	return err
}
