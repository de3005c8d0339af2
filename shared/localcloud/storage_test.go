package localcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/storage"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/api/iterator"
)

func open(t *testing.T, dir string) *Cloud {
	t.Helper()
	c, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// create creates an object as writers of the ledger do.
func create(ctx context.Context, object *storage.ObjectHandle, data string) error {
	w := object.If(storage.Conditions{DoesNotExist: true}).NewWriter(ctx)
	_, err := io.WriteString(w, data)
	return errors.Join(err, w.Close())
}

func read(t *testing.T, c *Cloud, uri string) string {
	t.Helper()
	r, err := c.OpenObject(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func list(t *testing.T, bucket *storage.BucketHandle, query storage.Query) (names []string) {
	t.Helper()
	for it := bucket.Objects(t.Context(), &query); ; {
		attrs, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, attrs.Name)
	}
}

func TestObjectsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	for _, bucket := range []string{Staging, Ledger, Drops} {
		if err := create(t.Context(), c.Bucket(bucket).Object("a/b c/1.json"), bucket+" says"); err != nil {
			t.Fatal(err)
		}
	}
	big := strings.Repeat("0123456789abcdef", 1<<16)
	w := c.Bucket(Staging).Object("big").NewWriter(t.Context())
	w.ChunkSize = 256 << 10 // several requests
	w.Metadata = map[string]string{"month": "2026-10"}
	if _, err := io.WriteString(w, big); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}

	c = open(t, dir)
	for _, bucket := range []string{Staging, Ledger, Drops} {
		if got, want := read(t, c, "gs://"+bucket+"/a/b c/1.json"), bucket+" says"; got != want {
			t.Errorf("%s: %q, want %q", bucket, got, want)
		}
		if err := create(t.Context(), c.Bucket(bucket).Object("a/b c/1.json"), "again"); err == nil {
			t.Errorf("%s: an object that exists was created", bucket)
		}
	}
	if got := read(t, c, "gs://"+Staging+"/big"); got != big {
		t.Errorf("big: %d bytes, want %d", len(got), len(big))
	}
	attrs, err := c.Bucket(Staging).Object("big").Attrs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"month": "2026-10"}, attrs.Metadata); diff != "" {
		t.Error(diff)
	}
}

func TestLedgerHasOneWinnerOfMany(t *testing.T) {
	c := open(t, t.TempDir())
	var won atomic.Int32
	var group errgroup.Group
	for range 30 {
		group.Go(func() error {
			if create(t.Context(), c.Bucket(Ledger).Object("partitions/2026-11-21/runs/m/000001.json"), "{}") == nil {
				won.Add(1)
			}
			return nil
		})
	}
	if _ = group.Wait(); won.Load() != 1 {
		t.Errorf("%d writers created the same object, want 1", won.Load())
	}
}

func TestLedgerListsARange(t *testing.T) {
	c := open(t, t.TempDir())
	for _, day := range []string{"2026-11-03", "2026-11-01", "2026-11-04", "2026-11-02"} {
		if err := create(t.Context(), c.Bucket(Ledger).Object("partitions/"+day+"/epoch/000001.json"), "{}"); err != nil {
			t.Fatal(err)
		}
	}
	got := list(t, c.Bucket(Ledger), storage.Query{
		Prefix: "partitions/2026-11-0", StartOffset: "partitions/2026-11-02/", EndOffset: "partitions/2026-11-04/",
	})
	want := []string{"partitions/2026-11-02/epoch/000001.json", "partitions/2026-11-03/epoch/000001.json"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The ledger is append-only, so that a coordinator that deletes or changes a record fails here.
func TestLedgerRefusesEverythingButCreating(t *testing.T) {
	c := open(t, t.TempDir())
	object := c.Bucket(Ledger).Object("x").Retryer(storage.WithPolicy(storage.RetryNever))
	if err := create(t.Context(), object, "{}"); err != nil {
		t.Fatal(err)
	}
	if err := object.Delete(t.Context()); err == nil || !strings.Contains(err.Error(), "only ever created") {
		t.Errorf("delete: %v", err)
	}
	if _, err := object.Update(t.Context(), storage.ObjectAttrsToUpdate{ContentType: "x"}); err == nil {
		t.Error("update: no error")
	}
	if got := read(t, c, "gs://"+Ledger+"/x"); got != "{}" {
		t.Errorf("the object is now %q", got)
	}
}

// A process killed while it writes leaves bytes without attributes, and temporary files.
func TestOpenRemovesWhatAKilledProcessLeft(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	for _, bucket := range []string{Staging, Ledger, Drops} {
		if err := create(t.Context(), c.Bucket(bucket).Object("whole/1.json"), "{}"); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"staging/torn/1.json", "staging/torn/.2.json8372", "drops/torn.json", "ledger/empty.json", "ledger.unfinished/object1"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		content := "half"
		if name == "ledger/empty.json" {
			content = ""
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c = open(t, dir)
	for _, bucket := range []string{Staging, Ledger, Drops} {
		if got := list(t, c.Bucket(bucket), storage.Query{}); !slices.Equal(got, []string{"whole/1.json"}) {
			t.Errorf("%s lists %q", bucket, got)
		}
	}
	if err := create(t.Context(), c.Bucket(Ledger).Object("empty.json"), "{}"); err != nil {
		t.Errorf("what was never written cannot be written: %v", err)
	}
}

// cp -r leaves the extended attributes behind, in which the server keeps what it knows of an object.
func TestOpenKeepsAFolderThatWasCopiedWithoutAttributes(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, Staging), 0o700); err != nil {
		t.Fatal(err)
	}
	for n := range maxUnfinished + 1 {
		if err := os.WriteFile(filepath.Join(dir, Staging, fmt.Sprint(n)), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Open(t.Context(), Options{Dir: dir})
	if err == nil {
		t.Fatal(c.Close())
	}
	if !strings.Contains(err.Error(), "cp -a") {
		t.Errorf("got %v, want the command that keeps the attributes", err)
	}
	if files, err := os.ReadDir(filepath.Join(dir, Staging)); err != nil || len(files) != maxUnfinished+1 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
}

func TestOpenObjectRefusesAnInvalidURI(t *testing.T) {
	c := open(t, t.TempDir())
	for _, uri := range []string{"", "staging/x", "gs://staging", "gs:///x", "gs://staging/"} {
		if _, err := c.OpenObject(t.Context(), uri); err == nil || !strings.Contains(err.Error(), "gs://bucket/name") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}
