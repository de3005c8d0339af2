// Package compile turns a project's models into their manifest: it reads the schemas of the raw tables and
// the model files, type-checks each model against the tables and models that it reads, restricts each input to
// the partitions that the header names, and records everything that the coordinator needs to run it.
package compile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"runtime"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
)

// Project compiles all models of a project, a tree with go.mod at its root. Errors in the models are returned
// together as a diag.List. A model that reads one with errors is checked only as far as possible without it.
func Project(project fs.FS) (*manifest.Manifest, error) { return ProjectWith(project, nil) }

// ProjectWith does what Project does, with additional models: their texts by the names of their files. A text
// replaces the project's file of the same name.
func ProjectWith(project fs.FS, texts map[string]string) (*manifest.Manifest, error) {
	tables, err := RawTables(project)
	if err != nil {
		return nil, err
	}
	catalog, err := googlesql.New()
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		if err := catalog.Add(table); err != nil {
			return nil, err
		}
	}
	sources, findings, err := readSources(project)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(texts) {
		s, bad := readSource(ModelFolder+"/"+name, texts[name])
		findings = append(findings, bad...)
		if s != nil {
			sources = slices.DeleteFunc(sources, func(o *source) bool { return o.file == s.file })
			sources = append(sources, s)
		}
	}
	if len(sources) == 0 && len(findings) == 0 {
		return nil, fmt.Errorf("%s: no models", ModelFolder)
	}
	return compile(sources, catalog, findings)
}

// compile compiles the sources in dependency order.
func compile(sources []*source, catalog *googlesql.Catalog, findings diag.List) (*manifest.Manifest, error) {
	unusable := map[string]bool{} // tables of models whose columns are unknown, because of errors reported already
	for _, s := range sources {
		unusable[s.table()] = true
	}
	for _, f := range findings {
		unusable["mart."+modelName(f.File)] = true
	}
	m := &manifest.Manifest{Version: manifest.Version}
	for _, s := range inOrder(sources, &findings) {
		if slices.ContainsFunc(sortedKeys(s.reads), func(table string) bool { return unusable[table] }) {
			continue
		}
		model, err := compileModel(s, catalog, &findings)
		if err != nil { // a fault of the compiler, which the other models may not have
			findings.Add(s.file, diag.Pos{Line: 1, Col: 1}, "the compiler fails: %v", err)
		}
		if model != nil {
			delete(unusable, s.table())
			m.Models = append(m.Models, model)
		}
		runtime.GC() // GoogleSQL's memory is freed by finalizers only
	}
	if err := findings.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

// compileModel returns the model's entry in the manifest, nil when it has errors, and adds its table to the
// catalog.
func compileModel(s *source, catalog *googlesql.Catalog, findings *diag.List) (*manifest.Model, error) {
	query, bad, err := catalog.AnalyzeQuery(s.query)
	if err != nil {
		return nil, err
	}
	for _, f := range bad {
		findings.Add(s.file, f.Pos, "%s", f.Message)
	}
	if len(bad) > 0 {
		return nil, nil
	}
	before := len(*findings)
	c := checker{source: s, catalog: catalog, findings: findings}
	model := &manifest.Model{
		Name: s.name, Description: s.header.Description, Grain: s.header.Grain,
		Materialized: s.header.Materialized, Strategy: s.header.Strategy, UniqueKey: s.header.UniqueKey,
		PartitionBy: s.header.PartitionBy, ClusterBy: s.header.ClusterBy,
		Columns: c.columns(query.Columns), Inputs: c.inputs(query.Inputs),
	}
	if c.columnsMatch {
		c.keys(model)
		c.tests(model)
	}
	if len(*findings) > before {
		return nil, nil
	}
	for _, check := range checks(s.header, manifest.StagePlaceholder) {
		model.Checks = append(model.Checks, check.Check)
	}
	w := writer{s, model, catalog, findings}
	if err := w.write(); err != nil {
		return nil, err
	}
	return model, nil
}

// Encode returns the text of manifest.json.
func Encode(m *manifest.Manifest) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // SQL contains many < and >
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// joined returns strings of any type, separated by commas.
func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
