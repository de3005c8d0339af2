package golden_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"example.com/rollcall/shared/golden"
)

// printer prints failures, in place of a test's T.
type printer struct{ testing.TB }

func (printer) Helper()               {}
func (printer) Errorf(string, ...any) { fmt.Println("the result differs") }
func (printer) Fatal(args ...any)     { fmt.Println(args...) }

// A test compares its result with a file: golden.Compare(t, "testdata/want.txt", got).
func ExampleCompare() {
	t := printer{}
	dir, err := os.MkdirTemp("", "golden")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "want.txt")
	if err := os.WriteFile(file, []byte("2 stories, 12 views\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, file, "2 stories, 12 views\n")
	golden.Compare(t, file, "2 stories, 13 views\n")
	// Output: the result differs
}
