package warehousetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// Bucket is objects in memory, for drivers that are given how to read one.
type Bucket struct{ objects sync.Map }

// Put keeps an object, and gives its address.
func (b *Bucket) Put(name string, data []byte) (uri string) {
	uri = "gs://staging/" + name
	b.objects.Store(uri, data)
	return uri
}

// Open reads an object; for one that is not there its error wraps fs.ErrNotExist.
func (b *Bucket) Open(_ context.Context, uri string) (io.ReadCloser, error) {
	data, ok := b.objects.Load(uri)
	if !ok {
		return nil, fmt.Errorf("object %s: %w", uri, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(data.([]byte))), nil
}
