package stage

import (
	"bufio"
	"compress/gzip"
	"context"
	"fmt"
	"iter"
	"strings"

	"cloud.google.com/go/storage"
)

// maxLine bounds one staged row.
const maxLine = 64 << 20

// ReadRows returns the rows that were staged, as schema.Append encoded them, without their newlines. A row is valid
// until the next one. An error ends the sequence.
func (f File) ReadRows(ctx context.Context, bucket *storage.BucketHandle) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, uri := range f.URIs {
			if more, err := readObject(ctx, bucket, uri, yield); err != nil {
				yield(nil, fmt.Errorf("read staged rows of %s for %s: %w", f.Table, f.Partition, err))
				return
			} else if !more {
				return
			}
		}
	}
}

// CheckStaged fails if an object of the file cannot be found; with storage.ErrObjectNotExist if it is gone.
func (f File) CheckStaged(ctx context.Context, bucket *storage.BucketHandle) error {
	for _, uri := range f.URIs {
		name, err := objectName(bucket, uri)
		if err == nil {
			_, err = bucket.Object(name).Attrs(ctx)
		}
		if err != nil {
			return fmt.Errorf("find staged rows of %s for %s: %s: %w", f.Table, f.Partition, uri, err)
		}
	}
	return nil
}

// objectName returns the name of an object of the bucket.
func objectName(bucket *storage.BucketHandle, uri string) (string, error) {
	name, ok := strings.CutPrefix(uri, "gs://"+bucket.BucketName()+"/")
	if !ok {
		return "", fmt.Errorf("%s is not in bucket %s", uri, bucket.BucketName())
	}
	return name, nil
}

func readObject(ctx context.Context, bucket *storage.BucketHandle, uri string,
	yield func([]byte, error) bool) (more bool, err error) {
	name, err := objectName(bucket, uri)
	if err != nil {
		return false, err
	}
	// Without ReadCompressed, Cloud Storage would decompress only objects with a Content-Encoding, which these lack.
	object, err := bucket.Object(name).NewReader(ctx)
	if err != nil {
		return false, fmt.Errorf("%s: %w", uri, err)
	}
	defer object.Close()
	zip, err := gzip.NewReader(object)
	if err != nil {
		return false, fmt.Errorf("%s: %w", uri, err)
	}
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if !yield(lines.Bytes(), nil) {
			return false, nil
		}
	}
	if err := lines.Err(); err != nil {
		return false, fmt.Errorf("%s: %w", uri, err)
	}
	return true, nil
}
