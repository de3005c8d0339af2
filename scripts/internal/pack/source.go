package pack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	// The program that the buildpack writes around a function imports this. The import keeps it and what it
	// needs in go.mod.
	_ "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

// The buildpack wants the function's package at the root of the upload, and no other package there. So the
// files of functions/medium, for example, move to the root. The project's packages that they import keep their
// folders. Tests and packages that are not imported are left out, so that an upload changes only when something
// changes that it is built from.
// https://cloud.google.com/docs/buildpacks/build-function describes what the buildpack does; its code is
// cmd/go/functions_framework in https://github.com/GoogleCloudPlatform/buildpacks.

type function struct {
	name        string   // of its folder, like medium
	entryPoints []string // that the code registers with functions.HTTP, like Medium; sorted
	files       tree
}

// tree holds files by their path, with slashes.
type tree map[string][]byte

// buildEnvironment holds the buildpack's environment variables. Without the tag, the Cloud Storage client links
// gRPC's xDS, 14 MB that only its gRPC transport uses (see "Disabling gRPC modules" in its documentation).
// Without the linker flags, a binary contains 11 MB of tables for debuggers.
var buildEnvironment = map[string]string{
	"GOFLAGS":          "-tags=disable_grpc_modules",
	"GOOGLE_GOLDFLAGS": "-s -w",
}

// functionFolders returns the folder of each function of the project, by name.
func functionFolders(root string) (map[string]string, error) {
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		return nil, fmt.Errorf("list the functions: %w", err)
	}
	folders := map[string]string{"coordinator": "coordinator/function"}
	for _, e := range entries {
		if e.IsDir() {
			folders[e.Name()] = "functions/" + e.Name()
		}
	}
	return folders, nil
}

// collect reads the source code of the named functions, in this order, or of all functions if none is named. It
// needs the go command, and the network only for modules that are not yet on this machine.
func collect(ctx context.Context, root string, names []string) ([]function, error) {
	folders, err := functionFolders(root)
	if err != nil {
		return nil, err
	}
	known := slices.Sorted(maps.Keys(folders))
	if len(names) == 0 {
		names = known
	}
	var packages []string
	for _, name := range names {
		if folders[name] == "" {
			return nil, fmt.Errorf("no function is named %q; there are %s", name, strings.Join(known, ", "))
		}
		packages = append(packages, "./"+folders[name])
	}
	p, err := listProject(ctx, root, packages)
	if err != nil {
		return nil, err
	}
	functions := make([]function, len(names))
	for i, name := range names {
		if functions[i], err = p.function(ctx, name, folders[name]); err != nil {
			return nil, fmt.Errorf("package %s: %w", name, err)
		}
	}
	return functions, nil
}

// project holds the packages of the project's own module that the requested functions are built from.
type project struct {
	root     string
	module   string                   // path, like example.com/rollcall
	packages map[string]sourcePackage // by folder, relative to root, with slashes
}

// sourcePackage is a package in the output of go list.
type sourcePackage struct {
	Dir    string
	Module *struct {
		Path string
		Main bool
	}
	GoFiles    []string // without tests and files for other platforms
	EmbedFiles []string
	Imports    []string
}

// listProject lists the packages and all that they import, for Cloud Run's platform.
func listProject(ctx context.Context, root string, packages []string) (project, error) {
	p := project{packages: map[string]sourcePackage{}}
	var err error
	if p.root, err = filepath.EvalSymlinks(root); err != nil { // go list resolves symbolic links, too
		return p, err
	}
	if p.root, err = filepath.Abs(p.root); err != nil {
		return p, err
	}
	env := []string{"GOFLAGS=-mod=readonly", "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}
	args := append([]string{"list", "-deps", "-json=Dir,Module,GoFiles,EmbedFiles,Imports"}, packages...)
	out, err := goCommand(ctx, p.root, env, args...)
	if err != nil {
		return p, err
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var s sourcePackage
		if err := dec.Decode(&s); errors.Is(err, io.EOF) {
			return p, nil
		} else if err != nil {
			return p, fmt.Errorf("parse the output of go list: %w", err)
		}
		if s.Module == nil || !s.Module.Main {
			continue
		}
		rel, err := filepath.Rel(p.root, s.Dir)
		if err != nil {
			return p, err
		}
		p.module = s.Module.Path
		p.packages[filepath.ToSlash(rel)] = s
	}
}

// function reads the source code of one function, and moves its package from folder home to the root.
func (p project) function(ctx context.Context, name, home string) (function, error) {
	f := function{name: name, files: tree{}}
	folders, err := p.dependencies(home)
	if err != nil {
		return f, err
	}
	if f.entryPoints, err = p.entryPoints(home); err != nil {
		return f, err
	}
	for _, folder := range folders {
		to := folder
		if folder == home {
			to = "."
		}
		for _, file := range slices.Concat(p.packages[folder].GoFiles, p.packages[folder].EmbedFiles) {
			data, err := os.ReadFile(filepath.Join(p.root, filepath.FromSlash(folder), filepath.FromSlash(file)))
			if err != nil {
				return f, err
			}
			target := path.Join(to, file)
			if _, taken := f.files[target]; taken {
				return f, fmt.Errorf("%s/%s and another file would both be %s in the upload; fix: rename it", folder, file, target)
			}
			f.files[target] = data
		}
	}
	return f, p.addModules(ctx, f.files)
}

// dependencies returns the folders of a function's package and of the project's packages that it imports, sorted.
func (p project) dependencies(home string) ([]string, error) {
	for _, i := range p.packages[home].Imports {
		if internal := p.module + "/" + home + "/internal"; i == internal || strings.HasPrefix(i, internal+"/") {
			return nil, fmt.Errorf(
				"%s imports %s, which Go does not allow from the root of an upload; fix: move it out of internal", home, i)
		}
	}
	seen := map[string]bool{}
	var visit func(folder string) error
	visit = func(folder string) error {
		if seen[folder] {
			return nil
		}
		s, known := p.packages[folder]
		if !known { // the folder is "" here, and "." in packages
			return fmt.Errorf("package %s is at the root of the project, where the function's package must be; fix: move it", p.module)
		}
		seen[folder] = true
		for _, i := range s.Imports {
			if i != p.module && !strings.HasPrefix(i, p.module+"/") {
				continue
			}
			if err := visit(strings.TrimPrefix(strings.TrimPrefix(i, p.module), "/")); err != nil {
				return err
			}
		}
		return nil
	}
	err := visit(home)
	return slices.Sorted(maps.Keys(seen)), err
}

// framework is the package that a function registers with. The buildpack starts only functions whose package
// imports it.
const framework = "github.com/GoogleCloudPlatform/functions-framework-go/functions"

// entryPoints returns the names that the package in a folder registers with functions.HTTP, sorted.
func (p project) entryPoints(folder string) ([]string, error) {
	var names []string
	for _, name := range p.packages[folder].GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.root, folder, name), nil,
			parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		names = append(names, registered(file)...)
	}
	slices.Sort(names)
	if len(names) == 0 || len(slices.Compact(slices.Clone(names))) < len(names) {
		return nil, fmt.Errorf(
			"%s registers %q with functions.HTTP; it must register at least one name, and each once", folder, names)
	}
	return names, nil
}

// registered returns the names that a file registers.
func registered(file *ast.File) []string {
	local := ""
	for _, i := range file.Imports {
		if p, _ := strconv.Unquote(i.Path.Value); p == framework { // the parser has checked the quotes
			if local = "functions"; i.Name != nil {
				local = i.Name.Name
			}
		}
	}
	if local == "" {
		return nil
	}
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || selector.Sel.Name != "HTTP" {
			return true
		}
		from, ok := selector.X.(*ast.Ident)
		literal, isLiteral := call.Args[0].(*ast.BasicLit)
		if ok && from.Name == local && isLiteral && literal.Kind == token.STRING {
			name, _ := strconv.Unquote(literal.Value) // the parser has checked the quotes
			names = append(names, name)
		}
		return true
	})
	return names
}

// addModules adds the project's go.mod and go.sum, reduced to what the files need together with the buildpack's
// program. Then go mod tidy in the buildpack changes nothing, and the deployed code uses the module versions
// that the project was tested with.
func (p project) addModules(ctx context.Context, files tree) (err error) {
	for _, name := range []string{"go.mod", "go.sum"} {
		if files[name], err = os.ReadFile(filepath.Join(p.root, name)); err != nil {
			return err
		}
	}
	sums := files["go.sum"]
	dir, err := os.MkdirTemp("", "rollcall-package-")
	if err != nil {
		return err
	}
	if err := errors.Join(p.tidy(ctx, files, dir), os.RemoveAll(dir)); err != nil {
		return err
	}
	return onlyKnown(files["go.sum"], sums)
}

// tidy runs go mod tidy over the files in an empty folder, and updates go.mod and go.sum.
func (p project) tidy(ctx context.Context, files tree, dir string) error {
	// The buildpack's program matters only for its imports.
	program := fmt.Appendf(nil, "package main\n\nimport (\n\t_ %q\n\n\t_ %q\n)\n\nfunc main() {}\n",
		p.module, "github.com/GoogleCloudPlatform/functions-framework-go/funcframework")
	if err := errors.Join(files.write(dir), tree{"functions.local/app/main.go": program}.write(dir)); err != nil {
		return err
	}
	if _, err := goCommand(ctx, dir, []string{"GOFLAGS=-mod=mod"}, "mod", "tidy"); err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		files[name] = data
	}
	return nil
}

// onlyKnown fails if go mod tidy chose a module by itself: the project was not tested with it.
func onlyKnown(sums, project []byte) error {
	known := map[string]bool{}
	for line := range bytes.Lines(project) {
		known[string(bytes.TrimSpace(line))] = true
	}
	for line := range bytes.Lines(sums) {
		if l := string(bytes.TrimSpace(line)); l != "" && !known[l] {
			module := strings.TrimSuffix(strings.Join(strings.Fields(l)[:2], "@"), "/go.mod")
			return fmt.Errorf("it needs %s, which is not in the project's go.sum; fix: go mod tidy", module)
		}
	}
	return nil
}

// write writes the files into a folder.
func (t tree) write(dir string) error {
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

// goCommand runs the go command in a folder with these environment variables, and returns its output.
func goCommand(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(append(os.Environ(), "GOWORK=off"), env...)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}
