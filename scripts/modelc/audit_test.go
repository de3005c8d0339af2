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

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/compare"
	"example.com/rollcall/scripts/internal/viewaudit/report"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
)

// looked are the reports of the cases, made once for all tests.
var looked = map[string]*report.Report{}

// look is the report of a case of testdata/audit: a folder of what a person has, views, perhaps columns.json, and renamed
// tables in map.txt. Files are named as from the case's folder.
func look(t *testing.T, name string) *report.Report {
	t.Helper()
	if r := looked[name]; r != nil {
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
		for _, line := range strings.Fields(string(renamed)) {
			old, now, _ := strings.Cut(line, "=")
			a.Map[old] = now
		}
	}
	r, err := a.look(os.DirFS("../../../../.."))
	if err != nil {
		t.Fatal(err)
	}
	looked[name] = r
	return r
}

// want.txt is what a person is told of a case, models/ what is proposed. The proposal compiles against this project, but
// for what want.txt names.
func TestAudit(t *testing.T) {
	dirs, err := filepath.Glob("testdata/audit/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			r := look(t, filepath.Base(dir))
			var text bytes.Buffer
			if err := r.Text(&text); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, dir+"/want.txt", text.String())
			proposed := map[string]string{}
			for _, m := range r.Plan.Models {
				proposed[m.Name+".sql"] = m.Text()
				for _, fault := range m.Faults {
					if !strings.Contains(text.String(), m.Name+".sql does not compile") {
						t.Errorf("%s does not compile, which is not said: %s", m.Name, fault)
					}
				}
			}
			golden.Folder(t, dir+"/models", proposed)
		})
	}
}

func TestModelsAreWrittenAllOrNone(t *testing.T) {
	r, a := look(t, "030_stronger_filters"), audit{}
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
		t.Errorf("a file that is there: %v", err)
	}
	if _, err := os.Stat(last); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("written beside one that is there: %v", err)
	}
	a.Force = true
	if err := a.write(r.Plan.Models); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(first); err != nil || string(data) == "mine" {
		t.Errorf("%v: %s", err, data)
	}
}

func TestJSONTellsWhatTheTextTells(t *testing.T) {
	r := look(t, "030_stronger_filters")
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	var told struct {
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
	if err := json.Unmarshal(out.Bytes(), &told); err != nil {
		t.Fatal(err)
	}
	for i, v := range told.Views {
		f := r.Plan.Fates[i]
		if v.Name != f.View.Title() || v.Verdict != string(f.Kind) || v.Query != f.Query || v.Model != f.Model.Name {
			t.Errorf("%+v", v)
		}
		if len(v.Columns) != len(f.View.Columns) || len(v.Columns[0].Lineage) == 0 {
			t.Errorf("columns %+v", v.Columns)
		}
	}
	for i, m := range told.Models {
		if m.Name != r.Plan.Models[i].Name || m.Text != r.Plan.Models[i].Text() || !m.Compiles {
			t.Errorf("%+v", m)
		}
	}
}

// The project's own models are each the same as themselves, and none of another.
func TestModelsOfTheProjectAreEachTheSameAsItself(t *testing.T) {
	tables, models, err := known(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	var relations []*algebra.Relation
	for _, m := range models {
		v, err := resolve.Alone(m.Name, m.SQL[manifest.BigQuery].Stage, tables)
		if err != nil || v.Relation == nil {
			t.Fatalf("%s: %v %v", m.Name, err, v)
		}
		relations = append(relations, v.Relation)
	}
	for i, a := range relations {
		for j, b := range relations {
			if got := compare.Pair(a, b).Verdict; (got == compare.Same) != (i == j) {
				t.Errorf("%s and %s: %s", models[i].Name, models[j].Name, got)
			}
		}
	}
}
