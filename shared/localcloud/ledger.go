package localcloud

import (
	"bytes"
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

	"github.com/fsouza/fake-gcs-server/fakestorage"
)

// ledger is the bucket of the coordinator's records. Every decision lists a part of it, and a server that keeps its objects
// in files walks through all of them for each list, so this one answers from memory. Each object is also a file, which is
// in its place before anybody is told of the object. Records are small, and never changed or deleted; other requests than
// for a new or a present object are refused.
type ledger struct {
	dir    string
	server *fakestorage.Server
	next   http.RoundTripper
	mu     sync.RWMutex // held while an object is in memory, but not yet in its file
}

// unfinished is the folder, beside the ledger's, of files that are being written.
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
	kept, err := readObjects(dir)
	if err != nil {
		return nil, err
	}
	server, err := fakestorage.NewServerWithOptions(fakestorage.Options{InitialObjects: kept, NoListener: true, Writer: io.Discard})
	if err != nil {
		return nil, err
	}
	server.CreateBucketWithOpts(fakestorage.CreateBucketOpts{Name: Ledger})
	return &ledger{dir: dir, server: server, next: server.HTTPClient().Transport}, nil
}

// readObjects reads every file. One without a byte is what a power failure left of an object, and is none.
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
			ObjectAttrs: fakestorage.ObjectAttrs{BucketName: Ledger, Name: filepath.ToSlash(name), ContentType: "application/json"},
			Content:     data,
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
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, "/upload/") || r.URL.Query().Get("uploadType") != "multipart" {
		return nil, fmt.Errorf("%s %s: objects of bucket %s are only ever created, and in one request", r.Method, r.URL.Path, Ledger)
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
	if err := l.keep(body); err != nil {
		return nil, fmt.Errorf("keep an object of bucket %s: %w", Ledger, err)
	}
	return resp, nil
}

// keep writes the object that an answer speaks of to its file, or takes it back.
func (l *ledger) keep(answer []byte) error {
	var made struct{ Name string }
	if err := json.Unmarshal(answer, &made); err != nil {
		return err
	}
	object, err := l.server.GetObject(Ledger, made.Name)
	if err == nil {
		err = l.write(object)
	}
	if err != nil {
		return errors.Join(err, l.server.Backend().DeleteObject(Ledger, made.Name))
	}
	return nil
}

func (l *ledger) write(object fakestorage.Object) error {
	if !filepath.IsLocal(filepath.FromSlash(object.Name)) {
		return fmt.Errorf("object name %q is no path within a folder", object.Name)
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
