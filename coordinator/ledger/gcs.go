package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iterator"
)

// maxObject bounds what is read of one object; records are a few thousand bytes.
const maxObject = 4 << 20

// Bucket is the Store in production: a Cloud Storage bucket. Its listings are strongly consistent, and the condition
// that no object of a name exists decides between writers (https://cloud.google.com/storage/docs/consistency).
type Bucket struct{ handle *storage.BucketHandle }

// NewBucket is the Store in a bucket. Calls are repeated by the client, with backoff, until their context ends: each can
// be, because a create that is conditional takes effect once.
func NewBucket(client *storage.Client, name string) *Bucket {
	return &Bucket{client.Bucket(name).Retryer(storage.WithPolicy(storage.RetryIdempotent))}
}

var _ Store = (*Bucket)(nil)

// Create makes an object on the condition that there is none.
func (b *Bucket) Create(ctx context.Context, name string, data []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // gives up the upload if it has not been closed
	w := b.handle.Object(name).If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ContentType = "application/json"
	w.ChunkSize = googleapi.MinUploadChunkSize // a buffer of this size lets the client repeat the request
	if _, err := w.Write(data); err != nil {
		return created(err)
	}
	return created(w.Close())
}

func created(err error) error {
	var status *googleapi.Error
	if errors.As(err, &status) && status.Code == http.StatusPreconditionFailed {
		return ErrExists
	}
	return err
}

// List gives names only, a thousand to a request.
func (b *Bucket) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	query := &storage.Query{Prefix: prefix, StartOffset: from, EndOffset: to, Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return nil, err
	}
	var names []string
	for it := b.handle.Objects(ctx, query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names, nil
		}
		if err != nil {
			return nil, err
		}
		names = append(names, attrs.Name)
	}
}

// Read gives an object's content, which may not be larger than 4 MiB.
func (b *Bucket) Read(ctx context.Context, name string) ([]byte, error) {
	r, err := b.handle.Object(name).NewReader(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxObject+1))
	if err == nil && len(data) > maxObject {
		err = fmt.Errorf("object is larger than %d bytes", maxObject)
	}
	return data, err
}
