package pack

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"example.com/rollcall/scripts/internal/pack/archive"
	"example.com/rollcall/scripts/internal/pack/dist"
	"example.com/rollcall/scripts/internal/pack/lift"
)

// pack packages the project at root as the flags say, tells what became of each package, and is the exit status.
func pack(ctx context.Context, root string, f Flags, out io.Writer) (int, error) {
	packages, err := build(ctx, root, f.Only)
	if err != nil {
		return broken, err
	}
	dir := f.Out
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	plan, err := dist.Compare(dir, packages, len(f.Only) > 0)
	if err != nil {
		return broken, err
	}
	if !f.Check {
		if err := plan.Apply(); err != nil {
			return broken, err
		}
	}
	if err := tell(out, plan); err != nil {
		return broken, err
	}
	if f.Check && plan.Stale() {
		return stale, nil
	}
	return 0, nil
}

// build makes the packages of these functions, or of all when none is named.
func build(ctx context.Context, root string, names []string) ([]dist.Package, error) {
	if len(names) == 0 {
		var err error
		if names, err = lift.Names(root); err != nil {
			return nil, err
		}
	}
	functions, err := lift.Functions(ctx, root, names)
	if err != nil {
		return nil, err
	}
	packages := make([]dist.Package, len(functions))
	for i, fn := range functions {
		zip, err := archive.Zip(fn.Tree)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", fn.Name, err)
		}
		packages[i] = dist.Package{Name: fn.Name, EntryPoints: fn.EntryPoints, BuildEnvironment: lift.BuildEnvironment(), Zip: zip}
	}
	return packages, nil
}

// tell prints a line for each package, and one for each zip that nobody knows any more.
func tell(out io.Writer, plan dist.Plan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	told := map[string]bool{}
	for _, c := range plan.Changes {
		told[c.Old] = true
		file, was := c.New, ""
		switch {
		case c.New == "":
			file = c.Old
		case c.Old != "" && c.Old != c.New:
			was = ", was " + c.Old
		}
		fmt.Fprintf(w, "%s\t%s\t%s%s\n", c.Function, file, c.Kind(), was)
	}
	for _, file := range plan.Remove {
		if !told[file] {
			fmt.Fprintf(w, "-\t%s\tremoved\n", file)
		}
	}
	return w.Flush()
}
