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
	"example.com/rollcall/scripts/internal/googlesql/analysis"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/modelc/statement"
	"example.com/rollcall/shared/manifest"
)

// Project compiles all the models of a project, the tree with go.mod at its root. What is wrong with the models is a
// fault.List, of all files; of a model that reads a faulty one, only what can be told without it is reported.
func Project(project fs.FS) (*manifest.Manifest, error) { return Proposed(project, nil) }

// Proposed is Project as it would be with more models: texts, by the names of their files in the models' folder. Where
// the project has a file of the name, the text takes its place.
func Proposed(project fs.FS, texts map[string]string) (*manifest.Manifest, error) {
	tables, err := RawTables(project)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.New()
	if err != nil {
		return nil, err
	}
	for _, table := range tables {
		if err := cat.Add(table); err != nil {
			return nil, err
		}
	}
	sources, faults, err := readSources(project)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(texts) {
		s, bad := readSource(ModelFolder+"/"+name, texts[name])
		faults = append(faults, bad...)
		if s != nil {
			sources = slices.DeleteFunc(sources, func(o *source) bool { return o.file == s.file })
			sources = append(sources, s)
		}
	}
	if len(sources) == 0 && len(faults) == 0 {
		return nil, fmt.Errorf("%s: no models", ModelFolder)
	}
	return compile(sources, cat, faults)
}

// compile compiles the sources in the order in which they read one another.
func compile(sources []*source, cat *catalog.Catalog, faults diag.List) (*manifest.Manifest, error) {
	unusable := map[string]bool{} // models' tables whose columns are not known, because of faults reported
	for _, s := range sources {
		unusable[s.table()] = true
	}
	for _, f := range faults {
		unusable[tableOf(f.File)] = true
	}
	m := &manifest.Manifest{Version: manifest.Version}
	for _, s := range inOrder(sources, &faults) {
		if slices.ContainsFunc(sortedKeys(s.reads), func(table string) bool { return unusable[table] }) {
			continue
		}
		model, err := compileModel(s, cat, &faults)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.file, err)
		}
		if model != nil {
			delete(unusable, s.table())
			m.Models = append(m.Models, model)
		}
		runtime.GC() // GoogleSQL's memory is only freed by finalizers
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return m, nil
}

func tableOf(file string) string {
	return "mart." + strings.TrimSuffix(strings.TrimPrefix(file, ModelFolder+"/"), ".sql")
}

// compileModel is the model's part of the manifest, nil when it has faults. Its table is added to the catalog.
func compileModel(s *source, cat *catalog.Catalog, faults *diag.List) (*manifest.Model, error) {
	query, findings, err := analysis.Analyze(cat, s.query)
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		faults.Add(s.file, f.Pos, "%s", f.Message)
	}
	if len(findings) > 0 {
		return nil, nil
	}
	found := len(*faults)
	c := checker{source: s, catalog: cat, faults: faults}
	model := &manifest.Model{
		Name: s.name, Description: s.header.Description, Grain: s.header.Grain,
		Materialized: s.header.Materialized, Strategy: s.header.Strategy, UniqueKey: s.header.UniqueKey,
		PartitionBy: s.header.PartitionBy, ClusterBy: s.header.ClusterBy,
		Columns: c.columns(query.Columns), Inputs: c.inputs(query.Inputs),
	}
	if c.sound {
		c.keys(model)
		c.tests(model)
	}
	if len(*faults) > found {
		return nil, nil
	}
	if model.SQLHash, err = hash(s, model, cat.Reserved); err != nil {
		return nil, err
	}
	model.Checks = statement.Manifest(statement.Checks(s.header, model.Inputs, cat, manifest.StagePlaceholder))
	w := writer{s, model, cat, faults}
	if err := w.write(); err != nil {
		return nil, err
	}
	return model, nil
}

// Encode is the text of manifest.json.
func Encode(m *manifest.Manifest) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // SQL is full of < and >
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
