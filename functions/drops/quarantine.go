package drops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"path"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/iterator"

	"example.com/rollcall/shared/source"
)

const (
	quarantine   = "quarantine/"
	reasonSuffix = ".reason.json"
	// maxName bounds a name in quarantine, with its suffix: Cloud Storage takes 1,024 bytes.
	// https://cloud.google.com/storage/docs/objects#naming
	maxName = 1000
	// maxBase bounds the last part of a name: a file system takes 255 bytes, and the local store adds a suffix.
	maxBase = 200
)

// QuarantineName returns where the copy of a dropped object lies in quarantine. The name of the object is shortened if it
// would be too long, and a hash keeps it apart from others.
func QuarantineName(object string) string {
	dir, base := path.Split(object)
	if len(quarantine)+len(object)+len(reasonSuffix) <= maxName && len(base) <= maxBase {
		return quarantine + object
	}
	hash := fnv.New64a()
	hash.Write([]byte(object)) // never fails, by its documentation
	if len(dir) > maxName/2 {
		dir = prefix
	}
	base = strings.ToValidUTF8(base[:min(len(base), maxBase/2)], "")
	return fmt.Sprintf("%s%s%s~%016x.json", quarantine, dir, base, hash.Sum64())
}

// reason says why a file is in quarantine. It is stored beside the copy.
type reason struct {
	Object     string    `json:"object"`
	Generation int64     `json:"generation,string"`
	Reason     string    `json:"reason"`
	Hint       string    `json:"hint"`
	When       time.Time `json:"when"`
}

// quarantineFile copies a file into quarantine, with the reason beside it. The file itself stays in its place.
// Calling it again changes only the time.
func (f folder) quarantineFile(ctx context.Context, attrs *storage.ObjectAttrs, fault *source.Error, now time.Time) error {
	return f.putAside(ctx, attrs, fault, now, nil)
}

// generationKey is the metadata of a reason by which setAside finds the file again.
const generationKey = "refused-generation"

// quarantineForGood does what quarantineFile does, for a file that can be decoded and that the warehouse refuses. No load
// reads the file again until it is replaced.
func (f folder) quarantineForGood(ctx context.Context, attrs *storage.ObjectAttrs, fault *source.Error,
	now time.Time) error {
	return f.putAside(ctx, attrs, fault, now, map[string]string{generationKey: strconv.FormatInt(attrs.Generation, 10)})
}

func (f folder) putAside(ctx context.Context, attrs *storage.ObjectAttrs, fault *source.Error, now time.Time,
	metadata map[string]string) error {
	always := storage.WithPolicy(storage.RetryAlways) // each write can be repeated
	from := f.bucket.Object(attrs.Name).Generation(attrs.Generation)
	name := QuarantineName(attrs.Name)
	to := f.bucket.Object(name).Retryer(always)
	if _, err := to.CopierFrom(from).Run(ctx); err != nil {
		return fmt.Errorf("copy gs://%s/%s to %s: %w", f.bucket.BucketName(), attrs.Name, name, err)
	}
	text, err := json.MarshalIndent(reason{attrs.Name, attrs.Generation, fault.Err.Error(), fault.Hint, now.UTC()},
		"", "  ")
	if err != nil {
		return err
	}
	w := f.bucket.Object(name + reasonSuffix).Retryer(always).NewWriter(ctx)
	w.ContentType, w.ChunkSize, w.Metadata = "application/json", 0, metadata
	_, err = w.Write(append(text, '\n'))
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("write gs://%s/%s: %w", f.bucket.BucketName(), name+reasonSuffix, err)
	}
	return nil
}

// setAside returns the generations of the files that the warehouse has refused, by the name of their reason.
func (f folder) setAside(ctx context.Context) (map[string]string, error) {
	query := &storage.Query{Prefix: quarantine, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name", "Metadata"}); err != nil {
		return nil, err
	}
	generations := map[string]string{}
	for it := f.bucket.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return generations, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list gs://%s/%s: %w", f.bucket.BucketName(), quarantine, err)
		}
		if generation := attrs.Metadata[generationKey]; generation != "" {
			generations[attrs.Name] = generation
		}
	}
}
