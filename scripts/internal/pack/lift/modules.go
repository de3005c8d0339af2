package lift

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	// The program that the buildpack writes around a function imports this. Imported here, it is in the project's go.mod, and so
	// are the versions of all that it needs.
	_ "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

// addModules gives a tree the go.mod and the go.sum of the project, reduced to what the tree needs once the buildpack has put
// its program around it. The buildpack's own go mod tidy then finds nothing to do, so that what is deployed is built from
// the very modules that the project was tested with.
func (p project) addModules(ctx context.Context, t Tree) error {
	sums, err := os.ReadFile(filepath.Join(p.root, "go.sum"))
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(p.root, "go.mod"))
	if err != nil {
		return err
	}
	t["go.mod"], t["go.sum"] = mod, sums

	dir, err := os.MkdirTemp("", "rollcall-package-")
	if err != nil {
		return err
	}
	err = errors.Join(p.tidy(ctx, t, dir), os.RemoveAll(dir))
	if err != nil {
		return err
	}
	return onlyKnown(t["go.sum"], sums)
}

// tidy reduces a tree's go.mod and go.sum, in an empty folder.
func (p project) tidy(ctx context.Context, t Tree, dir string) error {
	if err := t.Write(dir); err != nil {
		return err
	}
	if err := (Tree{"functions.local/app/main.go": program(p.module)}).Write(dir); err != nil {
		return err
	}
	if _, err := run(ctx, dir, []string{"GOFLAGS=-mod=mod"}, "mod", "tidy"); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		t[name] = data
	}
	return nil
}

// program stands for what the buildpack writes: all that matters here is what it imports.
func program(module string) []byte {
	return fmt.Appendf(nil, "package main\n\nimport (\n\t_ %q\n\n\t_ %q\n)\n\nfunc main() {}\n",
		module, "github.com/GoogleCloudPlatform/functions-framework-go/funcframework")
}

// onlyKnown is an error when tidying has chosen a module by itself, which the project was not tested with.
func onlyKnown(sums, project []byte) error {
	known := map[string]bool{}
	for line := range bytes.Lines(project) {
		known[string(bytes.TrimSpace(line))] = true
	}
	for line := range bytes.Lines(sums) {
		if l := string(bytes.TrimSpace(line)); l != "" && !known[l] {
			module := strings.Join(strings.Fields(l)[:2], "@")
			return fmt.Errorf("it needs %s, which is not in the project's go.sum; run go mod tidy in the project", strings.TrimSuffix(module, "/go.mod"))
		}
	}
	return nil
}

// Write puts the files of a tree into a folder, with the folders that they need.
func (t Tree) Write(dir string) error {
	for name, data := range t {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
