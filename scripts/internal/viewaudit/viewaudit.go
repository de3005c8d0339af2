// Package viewaudit reads existing BigQuery views and proposes models that replace them. It
// is behind "modelc audit".
//
// [Audit] reads views from files, resolves what they read and return, compares them (see package algebra),
// and turns them into few models. Start reading there; the steps follow each other in definitions.go,
// resolve.go, plan.go, model.go, slice.go, edit.go, inputs.go and report.go.
package viewaudit

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/modelc/compile"
	"example.com/rollcall/shared/manifest"
)

// Options configures an audit.
type Options struct {
	Views   []string          // files of views, or folders of them
	Columns []string          // files with rows of INFORMATION_SCHEMA.COLUMNS, for tables that the project does not have
	Renamed map[string]string // names of tables in the views, and the tables that have their rows now
}

// Audit reads the views and proposes models for a project, the tree with go.mod at its root. Views that
// cannot be read are findings of the report.
func Audit(project fs.FS, o Options) (*Report, error) {
	own, err := ReadProject(project)
	if err != nil {
		return nil, err
	}
	var tables []*Table
	for _, file := range o.Columns {
		described, err := readTables(file)
		if err != nil {
			return nil, err
		}
		tables = append(tables, described...)
	}
	tables = append(tables, own.Tables...) // they are known best
	found, findings, err := readDefinitions(o.Views)
	if err != nil {
		return nil, err
	}
	if err := checkRenamed(o.Renamed, tables, found); err != nil {
		return nil, err
	}
	catalog, err := googlesql.New()
	if err != nil {
		return nil, err
	}
	plan := func(found []*Definition) (*Result, diag.List, *Plan) {
		result, bad := resolve(found, tables, o.Renamed, nil)
		return result, bad, propose(result, settings{own, catalog.Reserved})
	}
	result, bad, proposed := plan(found)
	for wide := widen(proposed); len(wide) > 0; {
		widerResult, widerBad, wider := plan(slices.Concat(found, wide))
		useless := wider.useless()
		if len(widerBad) == len(bad) && len(useless) == 0 && len(wider.Widened) == len(wide) {
			result, proposed = widerResult, wider
			break
		}
		wide = slices.DeleteFunc(wide, func(v *Definition) bool { return useless[v] })
		if len(useless) == 0 {
			break // GoogleSQL rejects one of them; finding out which is not worth the effort
		}
	}
	if err := compileModels(project, proposed.Models); err != nil {
		return nil, err
	}
	return &Report{Result: result, Plan: proposed, Findings: append(findings, bad...)}, nil
}

// checkRenamed fails when a new name is that of no table or view: the old name would be used without a word.
func checkRenamed(renamed map[string]string, tables []*Table, found []*Definition) error {
	for _, old := range slices.Sorted(maps.Keys(renamed)) {
		now := renamed[old]
		isTable := slices.ContainsFunc(tables, func(t *Table) bool { return t.Name == now })
		if !isTable && !slices.ContainsFunc(found, func(v *Definition) bool { return v.Name == now }) {
			return fmt.Errorf("--map %s=%s: there is no %[2]s\n  fix: name a table of this project, as in raw.medium_stories, "+
				"one that --columns describes, or a view", old, now)
		}
	}
	return nil
}

// Project holds what an audit knows of a project.
type Project struct {
	Tables []*Table       // the raw tables, and those of the models
	Models []ProjectModel // those in the manifest that have a file
}

// ProjectModel is a model of a project with its query as its author wrote it.
type ProjectModel struct {
	*manifest.Model
	Query string
}

// ReadProject reads the tables and models of a project, the tree with go.mod at its root.
func ReadProject(project fs.FS) (*Project, error) {
	raw, err := compile.RawTables(project)
	if err != nil {
		return nil, err
	}
	p := &Project{}
	for _, t := range raw {
		p.Tables = append(p.Tables, projectTable(t))
	}
	data, err := fs.ReadFile(project, compile.ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(data, manifest.BigQuery)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", compile.ManifestFile, err)
	}
	queries, err := compile.ModelQueries(project)
	if err != nil {
		return nil, err
	}
	for _, model := range m.Models {
		p.Tables = append(p.Tables, projectTable(googlesql.Table{
			Name: model.TableName(), Grain: model.Grain, PartitionBy: model.PartitionBy, Schema: model.Schema(),
		}))
		if query, ok := queries[model.Name]; ok {
			p.Models = append(p.Models, ProjectModel{model, query})
		}
	}
	return p, nil
}

// Relation returns the relation of a model of the project, nil if it cannot be compared.
func (p *Project) Relation(m ProjectModel) *algebra.Relation {
	return resolveModel(m.Name, m.Query, m.Inputs, p.Tables)
}

// compileModels compiles the proposed models with those of the project and records the findings in each.
func compileModels(project fs.FS, models []*Model) error {
	texts := map[string]string{}
	for _, m := range models {
		texts[m.Name+".sql"] = m.Text()
	}
	_, err := compile.ProjectWith(project, texts)
	findings, ok := errors.AsType[diag.List](err)
	if err != nil && !ok {
		return err
	}
	for _, f := range findings {
		for _, m := range models {
			known := len(m.Unknown) > 0 && strings.HasPrefix(f.Message, "Table not found") // reported as unknown already
			if f.File == compile.ModelFolder+"/"+m.Name+".sql" && !known {
				m.Findings = append(m.Findings, f.Message)
			}
		}
	}
	return nil
}
