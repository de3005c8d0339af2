package pack

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/term"
)

const projectRoot = "../../.."

// functions lists the functions of the project, with their entry points.
var functions = map[string][]string{
	"coordinator": {"Coordinator", "Sweep"},
	"drops":       {"Drops"},
	"kit":         {"Kit"},
	"medium":      {"Medium"},
	"sheets":      {"Sheets"},
	"stripe":      {"Stripe"},
}

// packaged packages a project and returns the index.
func packaged(t *testing.T, root string, only ...string) index {
	t.Helper()
	var out bytes.Buffer
	dir := t.TempDir()
	if status, err := pack(t.Context(), root, Flags{Out: dir, Only: only}, &out); err != nil || status != 0 {
		t.Fatalf("status %d, error %v\n%s", status, err, &out)
	}
	x, err := readIndex(dir)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// copyProject copies everything that the functions are built from.
func copyProject(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	for _, part := range []string{"go.mod", "go.sum", "functions", "coordinator", "shared"} {
		err := filepath.WalkDir(filepath.Join(projectRoot, part), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(projectRoot, path)
			if err != nil {
				return err
			}
			if d.IsDir() {
				return os.MkdirAll(filepath.Join(to, rel), 0o755)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, rel), data, 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

func TestAPackageIsTheSameOnEveryMachine(t *testing.T) {
	here, there := packaged(t, projectRoot), packaged(t, copyProject(t))
	if diff := cmp.Diff(here, there); diff != "" {
		t.Error(diff)
	}
	entryPoints := map[string][]string{}
	for name, e := range here {
		entryPoints[name] = e.EntryPoints
	}
	if diff := cmp.Diff(functions, entryPoints); diff != "" {
		t.Error(diff)
	}
}

// A function is deployed again only if something changed that it is built from.
func TestAChangeAffectsOnlyThePackagesBuiltFromIt(t *testing.T) {
	root := copyProject(t)
	before := packaged(t, root)
	for _, c := range []struct {
		what, changes string
		files         []string
	}{
		{"a function's code", "kit", []string{"functions/kit/decode.go"}},
		{"a function's embedded files", "medium", []string{"functions/medium/schema/medium_stories.json", "functions/medium/queries/stories.graphql"}},
		{"what is scheduled", "coordinator", []string{"coordinator/pipeline.yaml"}},
		{"the models as compiled", "coordinator", []string{"coordinator/models/manifest.json"}},
		{"a package of the coordinator", "coordinator", []string{"coordinator/plan/plan.go"}},
		{"what some functions share", "kit medium sheets stripe", []string{"shared/upstream/upstream.go"}},
		{"what all share", "coordinator drops kit medium sheets stripe", []string{"shared/event/event.go", "shared/concurrent/locks.go", "shared/pipeline/pipeline.go"}},
		{"what no function is built from", "", []string{
			"functions/kit/kit_test.go", "functions/kit/kittest/kittest.go", "functions/kit/README.md", "functions/kit/testdata/tables.ndjson",
			"shared/creator/creator.go", "shared/warehouse/duckdb/duckdb.go",
			"coordinator/models/revenue.sql", // its content is in the manifest
		}},
	} {
		t.Run(c.what, func(t *testing.T) {
			for _, file := range c.files {
				restore := appendTo(t, filepath.Join(root, file))
				defer restore()
			}
			if diff := cmp.Diff(words(c.changes), changed(before, packaged(t, root))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// appendTo changes a file without changing its meaning, until restored.
func appendTo(t *testing.T, file string) (restore func()) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	more := "\n"
	if filepath.Ext(file) == ".go" {
		more = "\n// changed\n"
	}
	write := func(data []byte) {
		if err := os.WriteFile(file, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(append(bytes.Clone(data), more...))
	return func() { write(data) }
}

// A package contains only the modules that its function needs.
func TestAModuleThatAFunctionDoesNotNeedDoesNotChangeIt(t *testing.T) {
	root := copyProject(t)
	others := []string{"coordinator", "drops", "kit", "medium", "sheets"}
	before := packaged(t, root, others...)
	for _, file := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var kept []byte
		for line := range bytes.Lines(data) {
			if !bytes.Contains(line, []byte("github.com/stripe/stripe-go/")) {
				kept = append(kept, line...)
			}
		}
		if len(kept) == len(data) {
			t.Fatalf("%s does not name stripe-go", file)
		}
		if err := os.WriteFile(filepath.Join(root, file), kept, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]bool{}, changed(before, packaged(t, root, others...))); diff != "" {
		t.Error(diff)
	}
	_, err := pack(t.Context(), root, Flags{Out: t.TempDir(), Only: []string{"stripe"}}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "stripe-go") {
		t.Errorf("stripe: error %v does not name the missing module", err)
	}
}

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}

// changed returns the functions whose packages differ.
func changed(before, after index) map[string]bool {
	names := maps.Clone(before)
	maps.Copy(names, after)
	set := map[string]bool{}
	for name := range names {
		if before[name].File != after[name].File {
			set[name] = true
		}
	}
	return set
}

func TestCheckPrintsWhatWouldChangeAndChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dist")
	run := func(f Flags) (int, string) {
		f.Out, f.Only = dir, []string{"kit"}
		var out bytes.Buffer
		status, err := pack(t.Context(), projectRoot, f, &out)
		if err != nil {
			t.Fatal(err)
		}
		return status, out.String()
	}
	if status, out := run(Flags{Check: true}); status != term.Incomplete || !strings.HasSuffix(out, "new\n") {
		t.Errorf("at first: status %d\n%s", status, out)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("check made the folder: %v", err)
	}
	if status, out := run(Flags{}); status != 0 || !strings.HasSuffix(out, "new\n") {
		t.Errorf("making it: status %d\n%s", status, out)
	}
	if status, out := run(Flags{Check: true}); status != 0 || !strings.HasSuffix(out, "unchanged\n") {
		t.Errorf("made: status %d\n%s", status, out)
	}
}
