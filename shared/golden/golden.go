// Package golden compares the results of tests with files that a person can read. go test -update writes the
// files instead: read the diff before you commit it.
package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the golden files of the tests")

// Compare fails the test if got differs from the content of the file.
func Compare(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; to accept, run with -update):\n%s", file, diff)
	}
}

// Folder compares all files of a folder, by name, and fails for files that are not in got.
func Folder(t testing.TB, dir string, got map[string]string) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if _, ok := got[e.Name()]; !ok {
			t.Errorf("%s: not among the results; to delete it, run with -update", filepath.Join(dir, e.Name()))
		}
	}
	for name, text := range got {
		Compare(t, filepath.Join(dir, name), text)
	}
}

// Scenarios calls ScenariosIn for testdata/scenarios.
func Scenarios[G any](t *testing.T, play func(t *testing.T, given G) string) {
	ScenariosIn(t, "testdata/scenarios", play)
}

// ScenariosIn runs play as a subtest for each folder in dir: it decodes given.yaml, in which unknown fields are
// errors, and compares the result with want.txt.
func ScenariosIn[G any](t *testing.T, dir string, play func(t *testing.T, given G) string) {
	folders, err := filepath.Glob(dir + "/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("found %d scenarios, error %v", len(folders), err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, "given.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			var given G
			dec := yaml.NewDecoder(bytes.NewReader(data))
			dec.KnownFields(true)
			if err := dec.Decode(&given); err != nil {
				t.Fatal(err)
			}
			Compare(t, filepath.Join(folder, "want.txt"), play(t, given))
		})
	}
}
