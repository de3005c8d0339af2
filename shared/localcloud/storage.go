package localcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"cloud.google.com/go/storage"
	"github.com/fsouza/fake-gcs-server/fakestorage"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// objects is Cloud Storage: a server with its objects in files, and another one for the ledger.
type objects struct {
	client  *storage.Client
	servers []*fakestorage.Server
}

func openObjects(ctx context.Context, dir string) (*objects, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	files, err := fakestorage.NewServerWithOptions(fakestorage.Options{StorageRoot: dir, NoListener: true,
		Writer: io.Discard})
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
		option.WithHTTPClient(&http.Client{Transport: bucketRouter{ledger, files.HTTPClient().Transport}}))
	if err != nil {
		return nil, err
	}
	for _, bucket := range []string{Staging, Drops} {
		files.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: bucket})
		if err := removeUnfinished(ctx, o.client.Bucket(bucket), filepath.Join(dir, bucket)); err != nil {
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

// bucketRouter sends requests for the ledger to one transport, and all others to another.
type bucketRouter struct{ ledger, others http.RoundTripper }

func (t bucketRouter) RoundTrip(r *http.Request) (*http.Response, error) {
	path := strings.TrimPrefix(r.URL.Path, "/upload")
	if strings.HasPrefix(path+"/", "/storage/v1/b/"+Ledger+"/") {
		return t.ledger.RoundTrip(r)
	}
	return t.others.RoundTrip(r)
}

// maxUnfinished is more than a killed process leaves unfinished.
const maxUnfinished = 30

// removeUnfinished removes what a killed process had not finished writing. The server writes an object's bytes
// first and its attributes second. A file without attributes was never acknowledged, and makes every list fail. So many
// of them are no such files: the folder was copied without extended attributes, and nothing is removed.
func removeUnfinished(ctx context.Context, bucket *storage.BucketHandle, dir string) error {
	if listable(ctx, bucket) == nil {
		return nil
	}
	var torn []string
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
		if torn = append(torn, path); len(torn) > maxUnfinished {
			return errors.New("its files have no extended attributes; fix: copy the folder again with cp -a or rsync -aX, " +
				"or begin in a new one")
		}
		return nil
	})
	for _, path := range torn {
		if err == nil {
			err = os.Remove(path)
		}
	}
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
	if _, err := bucket.Retryer(storage.WithPolicy(storage.RetryNever)).Objects(ctx, query).Next(); !errors.Is(err,
		iterator.Done) {
		return err
	}
	return nil
}

// ledger is the bucket of the coordinator's records. The coordinator lists it often, and a server with its
// objects in files reads all of them for each list, so this one answers from memory. Each object is also
// written to a file before the request is answered. Records are small, and never changed or deleted: only
// requests to create or read are allowed.
type ledger struct {
	dir    string
	server *fakestorage.Server
	next   http.RoundTripper
	mu     sync.RWMutex // held while an object is in memory and not yet in its file
}

// unfinished is the suffix of a folder beside the ledger's, for files that are being written.
const unfinished = ".unfinished"

func openLedger(dir string) (*ledger, error) {
	if err := os.RemoveAll(dir + unfinished); err != nil {
		return nil, err
	}
	for _, d := range []string{dir, dir + unfinished} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	existing, err := readObjects(dir)
	if err != nil {
		return nil, err
	}
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{InitialObjects: existing, NoListener: true,
		Writer: io.Discard})
	if err != nil {
		return nil, err
	}
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: Ledger})
	return &ledger{dir: dir, server: server, next: server.HTTPClient().Transport}, nil
}

// readObjects reads every file. It skips empty ones, which a power failure can leave.
func readObjects(dir string) (list []fakestorage.Object, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil || len(data) == 0 {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		list = append(list, fakestorage.Object{
			ObjectAttrs: fakestorage.ObjectAttrs{BucketName: Ledger, Name: filepath.ToSlash(name),
				ContentType: "application/json"},
			Content: data,
		})
		return nil
	})
	return list, err
}

func (l *ledger) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		l.mu.RLock()
		defer l.mu.RUnlock()
		return l.next.RoundTrip(r)
	}
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/upload/") ||
		r.URL.Query().Get("uploadType") != "multipart" {
		return nil, fmt.Errorf("%s %s: objects of bucket %s are only ever created, in one request", r.Method,
			r.URL.Path, Ledger)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	resp, err := l.next.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := l.store(body); err != nil {
		return nil, fmt.Errorf("store an object of bucket %s: %w", Ledger, err)
	}
	return resp, nil
}

// store writes the object that an answer describes to its file. If that fails, it deletes the object.
func (l *ledger) store(answer []byte) error {
	var created struct{ Name string }
	if err := json.Unmarshal(answer, &created); err != nil {
		return err
	}
	object, err := l.server.GetObject(Ledger, created.Name)
	if err == nil {
		err = l.write(object)
	}
	if err != nil {
		return errors.Join(err, l.server.Backend().DeleteObject(Ledger, created.Name))
	}
	return nil
}

func (l *ledger) write(object fakestorage.Object) error {
	if !filepath.IsLocal(filepath.FromSlash(object.Name)) {
		return fmt.Errorf("object name %q is not a path within a folder", object.Name)
	}
	path := filepath.Join(l.dir, filepath.FromSlash(object.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(l.dir+unfinished, "object")
	if err != nil {
		return err
	}
	_, err = f.Write(object.Content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
