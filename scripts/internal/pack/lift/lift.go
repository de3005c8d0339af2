// Package lift takes a function out of the project and lays it out as the source code that Google's Go buildpack builds.
//
// The buildpack wants the function's package at the root of the upload, and no other package there. So the files of
// functions/medium, say, go to the root, and the packages that they import stay where they are: example.com/rollcall/shared/event
// is still shared/event, coordinator/ledger is still coordinator/ledger. What is not imported is left out, and so are tests,
// so that a tree changes when something changes that the function is made from, and only then.
// https://cloud.google.com/docs/buildpacks/build-function, and cmd/go/functions_framework in
// https://github.com/GoogleCloudPlatform/buildpacks, say what the buildpack does with it.
package lift

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Function is one function's source code, lifted out of the project.
type Function struct {
	Name        string   // its folder's name, like medium
	EntryPoints []string // what the code registers with functions.HTTP, like Medium: one for each that is deployed of it, sorted
	Tree        Tree
}

// Tree is the files of an upload: contents by path, with slashes.
type Tree map[string][]byte

// BuildEnvironment is what the buildpack is to be told besides the entry point. Without the first, the Cloud Storage client
// links gRPC's xDS, 14 MB that only its gRPC transport uses (its package documentation, under "Disabling gRPC modules", has
// the tag); without the second, a binary has 11 MB more of tables for debuggers.
func BuildEnvironment() map[string]string {
	return map[string]string{
		"GOFLAGS":          "-tags=disable_grpc_modules",
		"GOOGLE_GOLDFLAGS": "-s -w",
	}
}

// Names are the functions of the project at root, sorted: every folder of functions/, and the coordinator.
func Names(root string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		return nil, fmt.Errorf("find the functions: %w", err)
	}
	names := []string{coordinator}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

const coordinator = "coordinator"

// folder is where a function stands in the project.
func folder(name string) string {
	if name == coordinator {
		return "coordinator/function"
	}
	return "functions/" + name
}

// Functions lifts the functions of these names, in their order, out of the project at root. It needs the go command, and
// the network only for modules that this machine has not got yet.
func Functions(ctx context.Context, root string, names []string) ([]Function, error) {
	known, err := Names(root)
	if err != nil {
		return nil, err
	}
	folders := make([]string, len(names))
	for i, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no function is called %q; there are %s", name, strings.Join(known, ", "))
		}
		folders[i] = folder(name)
	}
	project, err := list(ctx, root, folders)
	if err != nil {
		return nil, err
	}
	functions := make([]Function, len(names))
	for i, name := range names {
		if functions[i], err = project.function(ctx, name); err != nil {
			return nil, fmt.Errorf("package %s: %w", name, err)
		}
	}
	return functions, nil
}

// function lifts one function out of the project.
func (p project) function(ctx context.Context, name string) (Function, error) {
	f := Function{Name: name, Tree: Tree{}}
	home := folder(name)
	packages, err := p.closure(home)
	if err != nil {
		return f, err
	}
	if f.EntryPoints, err = p.entryPoints(home); err != nil {
		return f, err
	}
	for _, folder := range slices.Sorted(maps.Keys(packages)) {
		to := folder
		if folder == home {
			to = "."
		}
		for _, file := range packages[folder] {
			data, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(folder), filepath.FromSlash(file)))
			if err != nil {
				return f, err
			}
			target := path.Join(to, file)
			if _, taken := f.Tree[target]; taken {
				return f, fmt.Errorf("%s/%s and another file would both be %s in the upload; rename it", folder, file, target)
			}
			f.Tree[target] = data
		}
	}
	return f, p.addModules(ctx, f.Tree)
}
