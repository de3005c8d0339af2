// Package pack writes what terraform apply deploys: for each function and for the coordinator a zip of its
// source code, laid out for Google's Go buildpack, and packages.json, which lists the zips.
//
// A zip is reproducible: the same code gives the same bytes on every machine. Its name contains the hash of its
// content, so a function whose code has not changed keeps its zip, and Terraform does not deploy it again.
//
// source.go collects the files of a function, and dist.go writes the folder that Terraform reads.
package pack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"example.com/rollcall/scripts/internal/term"
)

// Flags holds the command line.
type Flags struct {
	Out   string   `default:"dist" placeholder:"DIR" help:"Folder for the packages; relative to the project's root."`
	Only  []string `placeholder:"NAME" help:"Package this function and leave the packages of the others unchanged; may be repeated."`
	Check bool     `help:"Print what would change, and change nothing. Exit status 3 if anything would."`
}

// Main packages the project that contains the working folder, prints a line for each package to out, and
// returns the exit status: term.Incomplete if Check is set and a package is out of date.
func Main(ctx context.Context, f Flags, out io.Writer) (int, error) {
	mod, err := goCommand(ctx, "", nil, "env", "GOMOD")
	if err != nil {
		return term.Broken, err
	}
	file := strings.TrimSpace(string(mod))
	if file == "" || file == os.DevNull {
		return term.Broken, errors.New("no go.mod in this folder or above it; fix: run the command in the project")
	}
	return pack(ctx, filepath.Dir(file), f, out)
}

// pack packages the project at root.
func pack(ctx context.Context, root string, f Flags, out io.Writer) (int, error) {
	packages, err := build(ctx, root, f.Only)
	if err != nil {
		return term.Broken, err
	}
	dir := f.Out
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	p, err := compare(dir, packages, len(f.Only) > 0)
	if err == nil && !f.Check {
		err = p.apply()
	}
	if err == nil {
		err = p.print(out)
	}
	switch {
	case err != nil:
		return term.Broken, err
	case f.Check && p.stale():
		return term.Incomplete, nil
	}
	return 0, nil
}

// build packages the named functions, or all if none is named.
func build(ctx context.Context, root string, names []string) ([]pkg, error) {
	functions, err := collect(ctx, root, names)
	if err != nil {
		return nil, err
	}
	packages := make([]pkg, len(functions))
	for i, fn := range functions {
		zip, err := zipFiles(fn.files)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", fn.name, err)
		}
		packages[i] = newPackage(fn.name, zip, fn.entryPoints, buildEnvironment)
	}
	return packages, nil
}

// print writes a line for each package, and one for each zip that no package uses any more.
func (p plan) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	printed := map[string]bool{}
	for _, c := range p.changes {
		printed[c.old] = true
		file, was := c.new, ""
		switch {
		case c.new == "":
			file = c.old
		case c.old != "" && c.old != c.new:
			was = ", was " + c.old
		}
		fmt.Fprintf(w, "%s\t%s\t%s%s\n", c.function, file, c.kind(), was)
	}
	for _, file := range p.remove {
		if !printed[file] {
			fmt.Fprintf(w, "-\t%s\tremoved\n", file)
		}
	}
	return w.Flush()
}
