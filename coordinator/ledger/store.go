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

// Store keeps named objects. Create must be atomic, and List and Read must see every Create that returned
// before they were called.
type Store interface {
	// Create creates an object. It fails with ErrExists if the name is taken, by any writer. Any other
	// error leaves open whether the object was created.
	Create(ctx context.Context, name string, data []byte) error
	// List returns the names that begin with prefix and are in [from, to), in byte order. An empty to is no
	// bound.
	List(ctx context.Context, prefix, from, to string) ([]string, error)
	// Read returns an object's content. It fails with ErrNotFound if there is none.
	Read(ctx context.Context, name string) ([]byte, error)
}

// Errors of a Store, and of a Ledger over it, wrapped.
var (
	ErrExists   = errors.New("object exists")
	ErrNotFound = errors.New("object not found")
)

// maxObject bounds what is written to one object, and read of it. Most records have a few thousand bytes. The record of a
// run has 220 bytes for each partition that it has read, so one that reads all of ten years has 800 kB.
const maxObject = 4 << 20

// Bucket is the Store in production, a Cloud Storage bucket. Its listings are strongly consistent, and the
// condition that no object of a name exists decides between writers
// (https://cloud.google.com/storage/docs/consistency).
type Bucket struct{ handle *storage.BucketHandle }

// NewBucket returns the Store in a bucket. The client retries each call with backoff until its context
// ends. That is safe because a conditional create takes effect once.
func NewBucket(client *storage.Client, name string) *Bucket {
	return &Bucket{client.Bucket(name).Retryer(storage.WithPolicy(storage.RetryIdempotent))}
}

var _ Store = (*Bucket)(nil)

// Create creates an object on the condition that there is none.
func (b *Bucket) Create(ctx context.Context, name string, data []byte) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // aborts an upload that has not been closed
	w := b.handle.Object(name).If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	w.ContentType = "application/json"
	w.ChunkSize = len(data) + 1 // so much is one request, which the client can repeat
	_, err := w.Write(data)
	if err == nil {
		err = w.Close()
	}
	var status *googleapi.Error
	if errors.As(err, &status) && status.Code == http.StatusPreconditionFailed {
		return ErrExists
	}
	return err
}

// List returns the names, a thousand in each request.
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

// Read returns an object's content. It fails if that is larger than 4 MiB.
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
