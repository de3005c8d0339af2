package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Without cgo there is no DuckDB. What works on a project builds and works; a data folder can be read, and a command that needs the
// database says what is missing.
func TestWithoutCgoOnlyTheDatabaseIsMissing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "rollcall")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for args, want := range map[string]string{
		"run --data":                      "built without cgo, so it has no DuckDB",
		"status --data":                   "holds no data yet",
		"replay --date 2026-01-01 --data": "holds no data yet",
	} {
		words := append(strings.Fields(args), filepath.Join(t.TempDir(), "data"))
		out, err := exec.CommandContext(t.Context(), program, words...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
	if out, err := exec.CommandContext(t.Context(), program, "lineage", "revenue").CombinedOutput(); err != nil {
		t.Errorf("lineage: %v\n%s", err, out)
	}
}
