package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what is found into the golden files")

// Each folder of testdata/audit is what a person has: views, perhaps columns.json, and flags in args.txt. want.txt is what
// they are told, models/ what is proposed. The proposal compiles against this project, but for what want.txt names.
func TestAudit(t *testing.T) {
	dirs, err := filepath.Glob("testdata/audit/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Chdir(dir)
			project := os.DirFS("../../../../..")
			a := audit{Views: []string{"views"}, Map: map[string]string{}}
			if _, err := os.Stat("columns.json"); err == nil {
				a.Columns = []string{"columns.json"}
			}
			if renamed, err := os.ReadFile("map.txt"); err == nil {
				for _, line := range strings.Fields(string(renamed)) {
					old, now, _ := strings.Cut(line, "=")
					a.Map[old] = now
				}
			}
			r, err := a.look(project)
			if err != nil {
				t.Fatal(err)
			}
			var text bytes.Buffer
			if err := r.Text(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, "want.txt", text.String())
			proposed := map[string]string{}
			for _, m := range r.Plan.Models {
				proposed[m.Name+".sql"] = m.Text()
				for _, fault := range m.Faults {
					if !strings.Contains(text.String(), m.Name+".sql does not compile") {
						t.Errorf("%s does not compile, which is not said: %s", m.Name, fault)
					}
				}
			}
			goldenFolder(t, "models", proposed)
		})
	}
}

// golden compares got with a file, or writes it when the test runs with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// goldenFolder is golden for all the files of a folder.
func goldenFolder(t *testing.T, dir string, got map[string]string) {
	t.Helper()
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, text := range got {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]string{}
	files, err := filepath.Glob(dir + "/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want[filepath.Base(file)] = string(data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", dir, diff)
	}
}
