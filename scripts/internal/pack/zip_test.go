package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var zipped = tree{
	"shared/event/doc.go": []byte("package event\n"),
	"function.go":         []byte("package medium\n"),
	"schema/empty.json":   {},
	"go.mod":              []byte("module example.com/rollcall\n"),
}

func TestAZipHoldsTheFilesSortedAndReadable(t *testing.T) {
	data, err := zipFiles(zipped)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if f.Mode() != 0o644 || f.Modified.Format("2006-01-02 15:04") != "1980-01-01 00:00" {
			t.Errorf("%s has mode %s and time %s", f.Name, f.Mode(), f.Modified)
		}
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(rc) // checks the sum too
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
		if !bytes.Equal(got, zipped[f.Name]) {
			t.Errorf("%s holds %q, want %q", f.Name, got, zipped[f.Name])
		}
	}
	if diff := cmp.Diff([]string{"function.go", "go.mod", "schema/empty.json", "shared/event/doc.go"}, names); diff != "" {
		t.Error(diff)
	}
}

// If the bytes changed, every function would be deployed again.
func TestAZipsBytesNeverChange(t *testing.T) {
	const want = "f87557aeee9d0da692f3840466166e2856b4698d5b78fb3430e1f7f1b669f8e5"
	for range 3 {
		data, err := zipFiles(zipped)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != want {
			t.Errorf("hash %x, want %s", sum, want)
		}
	}
}

func TestAPathOutsideTheArchiveIsRefused(t *testing.T) {
	for _, name := range []string{"../go.mod", "/go.mod", "a//b", "", "."} {
		if _, err := zipFiles(tree{name: nil}); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
