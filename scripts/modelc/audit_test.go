package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/scripts/internal/viewaudit"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/golden"
)

// reports holds the reports on the cases, made once for all tests.
var reports = map[string]*viewaudit.Report{}

// reportOn returns the report on a case of testdata/audit: a folder with views, and optionally columns.json,
// and renamed tables in map.txt. File names are relative to the case's folder.
func reportOn(t *testing.T, name string) *viewaudit.Report {
	t.Helper()
	if r := reports[name]; r != nil {
		return r
	}
	home, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(filepath.Join("testdata/audit", name)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Chdir(home); err != nil {
			t.Fatal(err)
		}
	}()
	a := audit{Views: []string{"views"}, Map: map[string]string{}}
	if _, err := os.Stat("columns.json"); err == nil {
		a.Columns = []string{"columns.json"}
	}
	if renamed, err := os.ReadFile("map.txt"); err == nil {
		for line := range strings.FieldsSeq(string(renamed)) {
			old, now, _ := strings.Cut(line, "=")
			a.Map[old] = now
		}
	}
	r, err := viewaudit.Audit(os.DirFS("../../../../.."), a.options())
	if err != nil {
		t.Fatal(err)
	}
	reports[name] = r
	return r
}

// want.txt is the report on a case, models/ the proposal. The proposal compiles in this project, except for
// what want.txt names.
func TestAudit(t *testing.T) {
	dirs, err := filepath.Glob("testdata/audit/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := reportOn(t, filepath.Base(dir))
			var text bytes.Buffer
			if err := r.Text(&text); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, dir+"/want.txt", text.String())
			proposed := map[string]string{}
			for _, m := range r.Plan.Models {
				proposed[m.Name+".sql"] = m.Text()
				for _, finding := range m.Findings {
					if !strings.Contains(text.String(), m.Name+".sql does not compile") {
						t.Errorf("%s does not compile, but the report does not say so: %s", m.Name, finding)
					}
				}
			}
			golden.Folder(t, dir+"/models", proposed)
		})
	}
}

func TestModelsAreWrittenAllOrNone(t *testing.T) {
	r, a := reportOn(t, "030_stronger_filters"), audit{}
	a.Write = filepath.Join(t.TempDir(), "proposed")
	if err := a.write(r.Plan.Models); err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(a.Write, r.Plan.Models[0].Name+".sql")
	data, err := os.ReadFile(first)
	if err != nil || string(data) != r.Plan.Models[0].Text() {
		t.Errorf("%v: %s", err, data)
	}
	last := filepath.Join(a.Write, r.Plan.Models[len(r.Plan.Models)-1].Name+".sql")
	if err := errors.Join(os.WriteFile(first, []byte("mine"), 0o644), os.Remove(last)); err != nil {
		t.Fatal(err)
	}
	if err := a.write(r.Plan.Models); err == nil || !strings.Contains(err.Error(), "nothing is written") || !strings.Contains(err.Error(), first) {
		t.Errorf("a file that exists: %v", err)
	}
	if _, err := os.Stat(last); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written beside one that exists: %v", err)
	}
	a.Force = true
	if err := a.write(r.Plan.Models); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(first); err != nil || string(data) == "mine" {
		t.Errorf("%v: %s", err, data)
	}
}

func TestJSONContainsWhatTheTextSays(t *testing.T) {
	r := reportOn(t, "030_stronger_filters")
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Views []struct {
			Name, Verdict, Of, Model, Query string
			Columns                         []struct {
				Lineage []struct{ Table, Column string }
			}
		}
		Models []struct {
			Name, Text string
			Compiles   bool
		}
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for i, v := range got.Views {
		f := r.Plan.Placements[i]
		if v.Name != f.View.Title() || v.Verdict != string(f.Kind) || v.Query != f.Query || v.Model != f.Model.Name {
			t.Errorf("%+v", v)
		}
		if len(v.Columns) != len(f.View.Columns) || len(v.Columns[0].Lineage) == 0 {
			t.Errorf("columns %+v", v.Columns)
		}
	}
	for i, m := range got.Models {
		if m.Name != r.Plan.Models[i].Name || m.Text != r.Plan.Models[i].Text() || !m.Compiles {
			t.Errorf("%+v", m)
		}
	}
}

// Each of the project's own models is the same as itself and as no other.
func TestEachModelIsTheSameAsItselfOnly(t *testing.T) {
	project, err := viewaudit.ReadProject(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	var relations []*algebra.Relation
	for _, m := range project.Models {
		r := project.Relation(m)
		if r == nil {
			t.Fatalf("%s cannot be compared", m.Name)
		}
		relations = append(relations, r)
	}
	for i, a := range relations {
		for j, b := range relations {
			if verdict := algebra.Compare(a, b).Verdict; (verdict == algebra.Same) != (i == j) {
				t.Errorf("%s and %s: %s", project.Models[i].Name, project.Models[j].Name, verdict)
			}
		}
	}
}
