package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// failing records a failure instead of failing the test.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper()               {}
func (f *failing) Errorf(string, ...any) { f.failed = true }

func TestOnlyTheSameTextPasses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "want.txt")
	if err := os.WriteFile(file, []byte("a\nb\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for got, passes := range map[string]bool{"a\nb\n": true, "a\nb": false, "a\nc\n": false, "": false} {
		f := &failing{TB: t}
		Compare(f, file, got)
		if f.failed == passes {
			t.Errorf("%q: failed %v", got, f.failed)
		}
	}
}

func TestAFolderHasTheSameFilesAndNoOthers(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.sql", "b.sql"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		got    map[string]string
		passes bool
	}{
		{map[string]string{"a.sql": "a.sql", "b.sql": "b.sql"}, true},
		{map[string]string{"a.sql": "a.sql"}, false},
		{map[string]string{"a.sql": "a.sql", "b.sql": "other"}, false},
	} {
		f := &failing{TB: t}
		Folder(f, dir, tc.got)
		if f.failed == tc.passes {
			t.Errorf("%v: failed %v", tc.got, f.failed)
		}
	}
}

func TestScenariosAreReadAndComparedEachByItself(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"001_one": "1", "002_two": "2"} {
		dir := filepath.Join("testdata", "scenarios", name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for file, content := range map[string]string{"given.yaml": "number: " + text, "want.txt": "it is " + text} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var names []string
	Scenarios(t, func(t *testing.T, given struct{ Number string }) string {
		names = append(names, t.Name())
		return "it is " + given.Number
	})
	if len(names) != 2 {
		t.Errorf("played %v", names)
	}
}
