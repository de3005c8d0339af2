// Package golden is for tests: it compares what they come to with files that a person can read. With -update the files are
// written instead; read the difference before you keep it.
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

var update = flag.Bool("update", false, "write what the tests come to into their golden files")

// Compare fails the test when a text is not, line by line, that of a file.
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
		t.Errorf("%s (-want +got; if it is meant, run with -update):\n%s", file, diff)
	}
}

// Folder is Compare for all the files of a folder, by name.
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
			t.Errorf("%s: there is none of it any more; if that is meant, run with -update", filepath.Join(dir, e.Name()))
		}
	}
	for name, text := range got {
		Compare(t, filepath.Join(dir, name), text)
	}
}

// Scenarios is ScenariosIn for testdata/scenarios.
func Scenarios[G any](t *testing.T, play func(t *testing.T, given G) string) {
	ScenariosIn(t, "testdata/scenarios", play)
}

// ScenariosIn plays each folder of dir in a test of its own: given.yaml, whose fields must all be fields of G, is what happens, and
// want.txt is what play returns for it.
func ScenariosIn[G any](t *testing.T, dir string, play func(t *testing.T, given G) string) {
	folders, err := filepath.Glob(dir + "/*")
	if err != nil || len(folders) == 0 {
		t.Fatalf("%d scenarios, %v", len(folders), err)
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
