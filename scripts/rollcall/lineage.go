package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/status/lineage"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
)

// lineageCmd prints what is made from what. It reads nothing but the manifest and pipeline.yaml.
type lineageCmd struct {
	output
	Name    string `arg:"" optional:"" help:"A source, a table, a model or one of its columns, like story_days or story_days.viewers. Left out: everything."`
	Mermaid bool   `help:"Print a flowchart in Mermaid's language, which GitHub draws."`
}

// lineageOf is what lineage --json gives.
type lineageOf struct {
	Name string `json:"name,omitempty"`
	lineage.Graph
	Columns []columnOf `json:"columns,omitempty"` // of a model
}

// columnOf is one column of a model.
type columnOf struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Description string   `json:"description,omitempty"`
	MadeFrom    []string `json:"made_from"`
}

func (c *lineageCmd) run(_ context.Context, sys system) (int, error) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return broken, err
	}
	if c.Mermaid && c.JSON {
		return broken, errors.New("--json and --mermaid are two forms; choose one")
	}
	told, err := trace(models.Load(), p, trimMart(c.Name))
	switch {
	case err != nil:
		return broken, err
	case c.JSON:
		err = term.WriteJSON(sys.out, told)
	case c.Mermaid:
		_, err = fmt.Fprint(sys.out, told.Mermaid())
	default:
		text{system: sys}.lineage(told)
	}
	return complete, err
}

// trace finds what is asked for by name; everything when that is empty.
func trace(m *manifest.Manifest, p *pipeline.Pipeline, name string) (lineageOf, error) {
	tables := lineage.Tables(m, p)
	if name == "" {
		return lineageOf{Graph: tables}, nil
	}
	if tables.Has(name) {
		told := lineageOf{Name: name, Graph: tables.Through(name)}
		if model := m.Model(name); model != nil {
			for _, c := range model.Columns {
				column := columnOf{c.Name, string(c.Type), c.Description, []string{}}
				for _, ref := range c.Lineage {
					column.MadeFrom = append(column.MadeFrom, trimMart(ref.String()))
				}
				told.Columns = append(told.Columns, column)
			}
		}
		return told, nil
	}
	columns := lineage.Columns(m, p)
	if columns.Has(name) {
		return lineageOf{Name: name, Graph: columns.Through(name)}, nil
	}
	known := tables.Names()
	if strings.Contains(name, ".") {
		known = append(columns.Names(), known...)
	}
	return lineageOf{}, fmt.Errorf("no source, table, model or column is named %q, or no model reads it%s", name, term.DidYouMean(name, known))
}

func (t text) lineage(l lineageOf) {
	t.say("%s", l.Tree(func(n lineage.Node) string {
		switch {
		case n.Name == l.Name:
			return t.paint.In(ink.Bold, n.Name)
		case n.Kind == lineage.Source:
			return t.paint.In(ink.FgCyan, n.Name)
		}
		return n.Name
	}))
	if l.Columns == nil {
		return
	}
	t.say("\nThe columns of %s, and what each is made from:", l.Name)
	w := t.table()
	for _, c := range l.Columns {
		from := strings.Join(c.MadeFrom, "\n")
		if from == "" {
			from = t.faint("no column")
		}
		w.AppendRow(table.Row{c.Name, t.faint(c.Type), from})
	}
	t.indented(w, 0)
}
