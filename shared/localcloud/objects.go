package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// objects is Cloud Storage: one server that keeps its objects in files, for all buckets but the ledger, which has its own.
type objects struct {
	client  *storage.Client
	servers []*fakestorage.Server
}

func openObjects(ctx context.Context, dir string) (*objects, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	files, err := fakestorage.NewServerWithOptions(fakestorage.Options{StorageRoot: dir, NoListener: true, Writer: io.Discard})
	if err != nil {
		return nil, err
	}
	o := &objects{servers: []*fakestorage.Server{files}}
	ledger, err := openLedger(filepath.Join(dir, Ledger))
	if err != nil {
		return nil, err
	}
	o.servers = append(o.servers, ledger.server)
	o.client, err = storage.NewClient(ctx, storage.WithJSONReads(), option.WithCredentials(&google.Credentials{}),
		option.WithHTTPClient(&http.Client{Transport: byBucket{ledger, files.HTTPClient().Transport}}))
	if err != nil {
		return nil, err
	}
	for _, bucket := range []string{Staging, Drops} {
		files.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
		if err := sweep(ctx, o.client.Bucket(bucket), filepath.Join(dir, bucket)); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *objects) close() error {
	var err error
	if o.client != nil {
		err = o.client.Close()
	}
	for _, s := range o.servers {
		s.Stop()
	}
	return err
}

// byBucket sends requests for the ledger to one transport, and all others to another.
type byBucket struct{ ledger, others http.RoundTripper }

func (t byBucket) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(r.URL.Path, "/upload")
	if strings.HasPrefix(path+"/", "/storage/v1/b/"+Ledger+"/") {
		return t.ledger.RoundTrip(r)
	}
	return t.others.RoundTrip(r)
}

// sweep removes what a killed process had not finished writing. The server writes an object's bytes first and what it knows
// of them second; a file without the second was never acknowledged, and as long as it is there no list succeeds.
func sweep(ctx context.Context, bucket *storage.BucketHandle, dir string) error {
	if listable(ctx, bucket) == nil {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, err = bucket.Object(filepath.ToSlash(name)).Attrs(ctx); err == nil {
			return nil
		}
		if !errors.Is(err, storage.ErrObjectNotExist) {
			return err
		}
		return os.Remove(path)
	})
	if err != nil {
		return fmt.Errorf("remove unfinished objects from %s: %w", dir, err)
	}
	return listable(ctx, bucket)
}

func listable(ctx context.Context, bucket *storage.BucketHandle) error {
	query := &storage.Query{Projection: storage.ProjectionNoACL}
	if err := query.SetAttrSelection([]string{"Name"}); err != nil {
		return err
	}
	if _, err := bucket.Retryer(storage.WithPolicy(storage.RetryNever)).Objects(ctx, query).Next(); !errors.Is(err, iterator.Done) {
		return err
	}
	return nil
}
