package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
)

// Whatever is asked for, the files of a folder list as the same objects do in a bucket.
func TestFolderListsAsABucketDoes(t *testing.T) {
	partition := rapid.SampledFrom([]string{"2026-10-31", "2026-11-01", "2026-11-02", "2026-11", "2026-12"})
	kind := rapid.SampledFrom([]string{"/arrivals/raw.kit_a/x.json", "/arrivals/raw.kit/y.json", "/epoch/000001.json", "/runs/m/000001.json", "/runs/m_2/000001.json"})
	name := rapid.Custom(func(t *rapid.T) string { return "partitions/" + partition.Draw(t, "partition") + kind.Draw(t, "kind") })
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "ledger")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		var memory coordtest.Store
		for _, n := range rapid.SliceOfDistinct(name, rapid.ID).Draw(t, "names") {
			if err := memory.Create(t.Context(), n, []byte("x")); err != nil {
				t.Fatal(err)
			}
			put(t, dir, n, "x")
		}
		some := rapid.Custom(func(t *rapid.T) string {
			n := name.Draw(t, "name")
			return n[:rapid.IntRange(0, len(n)).Draw(t, "length")]
		})
		prefix, from, to := some.Draw(t, "prefix"), some.Draw(t, "from"), some.Draw(t, "to")
		want, err := memory.List(t.Context(), prefix, from, to)
		if err != nil {
			t.Fatal(err)
		}
		got, err := store{dir}.List(t.Context(), prefix, from, to)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%q from %q to %q, %v (-bucket +folder):\n%s", prefix, from, to, err, diff)
		}
	})
}

func TestFileWithoutAByteIsNoObject(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "partitions/2026-11/epoch/000001.json", "")
	names, err := store{dir}.List(t.Context(), "", "", "")
	if len(names) > 0 || err != nil {
		t.Errorf("lists %q, %v", names, err)
	}
	for _, name := range []string{"partitions/2026-11/epoch/000001.json", "partitions/2026-11/epoch/000002.json", "../outside"} {
		if _, err := (store{dir}).Read(t.Context(), name); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("read %s: %v, want not found", name, err)
		}
	}
}

func TestFolderThatIsOnlyReadTakesNoRecord(t *testing.T) {
	dir := t.TempDir()
	if err := (store{dir}).Create(t.Context(), "a", []byte("x")); err == nil {
		t.Error("it did")
	}
}

func put(t interface {
	Helper()
	Fatal(args ...any)
}, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
