package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql/catalog"
	"example.com/rollcall/scripts/internal/viewaudit/propose"
	"example.com/rollcall/scripts/internal/viewaudit/read"
	"example.com/rollcall/scripts/internal/viewaudit/report"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/scripts/modelc/compile"
	"example.com/rollcall/shared/manifest"
)

// audit looks at the views that a person has, and proposes models for them.
type audit struct {
	Views   []string          `arg:"" name:"file" help:"Files of views: CREATE VIEW statements (.sql), or rows of INFORMATION_SCHEMA.VIEWS or .TABLES (.json); or folders of them."`
	Columns []string          `type:"existingfile" help:"Rows of INFORMATION_SCHEMA.COLUMNS as JSON: the columns of tables that Rollcall does not have." placeholder:"FILE"`
	Map     map[string]string `help:"A table that views read, and the one that has its rows now: medium.stats=raw.medium_stories." placeholder:"OLD=NEW" mapsep:","`
	Write   string            `help:"Write the proposed models into this folder." placeholder:"DIR"`
	Force   bool              `help:"With --write, replace files that are there."`
	JSON    bool              `name:"json" help:"Write one JSON object."`
}

// errUnread says that some views could not be read; the report names them.
var errUnread = errors.New("some views could not be read")

func (a audit) Run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	r, err := a.look(os.DirFS(root))
	if err != nil {
		return err
	}
	if a.Write != "" {
		if err := a.write(r.Plan.Models); err != nil {
			return err
		}
		r.Written = a.Write
	}
	print := r.Text
	if a.JSON {
		print = r.JSON
	}
	if err := print(os.Stdout); err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		return errUnread
	}
	return nil
}

// look reads the views and proposes models of a project.
func (a audit) look(project fs.FS) (*report.Report, error) {
	tables, models, err := known(project)
	if err != nil {
		return nil, err
	}
	own := slices.Clone(tables)
	for _, file := range a.Columns {
		described, err := read.Tables(file)
		if err != nil {
			return nil, err
		}
		for _, t := range described {
			tables = append(tables, resolve.Describe(t))
		}
	}
	found, faults, err := read.Files(a.Views)
	if err != nil {
		return nil, err
	}
	cat, err := catalog.New()
	if err != nil {
		return nil, err
	}
	plan := func(found []*read.View) (*resolve.Result, diag.List, *propose.Plan, error) {
		result, bad, err := resolve.Resolve(found, resolve.Settings{Tables: tables, Renamed: a.Map})
		if err != nil {
			return nil, nil, nil, err
		}
		return result, bad, propose.Make(result, propose.Settings{Tables: own, Models: models, Reserved: cat.Reserved}), nil
	}
	result, bad, proposed, err := plan(found)
	if err != nil {
		return nil, err
	}
	for wide := propose.Widen(proposed); len(wide) > 0; {
		wider, worse, better, err := plan(slices.Concat(found, wide))
		if err != nil {
			return nil, err
		}
		useless := better.Useless()
		if len(worse) == len(bad) && len(useless) == 0 && len(better.Widened) == len(wide) {
			result, proposed = wider, better
			break
		}
		if wide = slices.DeleteFunc(wide, func(v *read.View) bool { return useless[v] }); len(useless) == 0 {
			break // one of them is not understood: it is not worth the trouble to find out which
		}
	}
	if err := try(project, proposed); err != nil {
		return nil, err
	}
	return &report.Report{Result: result, Plan: proposed, Faults: append(faults, bad...), Found: len(found)}, nil
}

// known are the raw tables of a project and its models, which manifest.json tells of.
func known(project fs.FS) (tables []*resolve.Table, models []*manifest.Model, err error) {
	raw, err := compile.RawTables(project)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range raw {
		tables = append(tables, resolve.OfProject(t))
	}
	data, err := fs.ReadFile(project, compile.ManifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return tables, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := manifest.Parse(data)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", compile.ManifestFile, err)
	}
	for _, model := range m.Models {
		tables = append(tables, resolve.OfProject(catalog.Table{
			Name: model.TableName(), Grain: model.Grain, PartitionBy: model.PartitionBy, Schema: model.Schema(),
		}))
	}
	return tables, m.Models, nil
}

// try compiles the proposal beside the project's models, and notes in each model what is wrong with it.
func try(project fs.FS, plan *propose.Plan) error {
	texts := map[string]string{}
	for _, m := range plan.Models {
		texts[m.Name+".sql"] = m.Text()
	}
	_, err := compile.Proposed(project, texts)
	list, ok := errors.AsType[diag.List](err)
	if err != nil && !ok {
		return err
	}
	for _, f := range list {
		for _, m := range plan.Models {
			unknown := len(m.Unknown) > 0 && strings.HasPrefix(f.Message, "Table not found") // which is said already
			if f.File == compile.ModelFolder+"/"+m.Name+".sql" && !unknown {
				m.Faults = append(m.Faults, f.Message)
			}
		}
	}
	return nil
}

// write writes the models into a folder; all or none when a file is there already.
func (a audit) write(models []*propose.Model) error {
	var there []string
	for _, m := range models {
		file := filepath.Join(a.Write, m.Name+".sql")
		if _, err := os.Stat(file); err == nil && !a.Force {
			there = append(there, file)
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("nothing is written, because these are there already (--force replaces them): %s", strings.Join(there, ", "))
	}
	if err := os.MkdirAll(a.Write, 0o755); err != nil {
		return err
	}
	for _, m := range models {
		if err := os.WriteFile(filepath.Join(a.Write, m.Name+".sql"), []byte(m.Text()), 0o644); err != nil {
			return err
		}
	}
	return nil
}
