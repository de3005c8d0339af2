package main

import (
	"context"
	"fmt"
	"strings"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/pipeline"
)

// lineageCmd shows what is made from what. It reads nothing but the manifest and pipeline.yaml.
type lineageCmd struct {
	Name    string `arg:"" optional:"" help:"A source, a table, a model or one of its columns, like story_days or story_days.viewers. Default: everything."`
	JSON    bool   `name:"json" group:"how" xor:"form" help:"Print one JSON object on standard output, and nothing else there."`
	Mermaid bool   `group:"how" xor:"form" help:"Print a flowchart in Mermaid's language, which GitHub draws."`
}

func (*lineageCmd) Help() string {
	return "Example: go run ./scripts/rollcall lineage story_days.viewers"
}

// lineage is what lineage --json prints.
type lineage struct {
	Name string `json:"name,omitempty"`
	explain.Lineage
	Columns []column `json:"columns,omitempty"` // of a model
}

// column is one column of a model.
type column struct {
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
	l, err := findLineage(models.Load(manifest.BigQuery), p, explain.ShortName(c.Name))
	switch {
	case err != nil:
		return broken, err
	case c.JSON:
		err = sys.out.JSON(l)
	case c.Mermaid:
		sys.out.Say("%s", term.Lines(strings.TrimSuffix(l.Mermaid(), "\n")))
	default:
		text{system: sys}.lineage(l)
	}
	return complete, err
}

// findLineage returns the lineage of what has the name; of everything when the name is empty.
func findLineage(m *manifest.Manifest, p *pipeline.Pipeline, name string) (lineage, error) {
	tables, columns := explain.TableLineage(m, p), explain.ColumnLineage(m, p)
	switch {
	case name == "":
		return lineage{Lineage: tables}, nil
	case tables.Has(name):
		return lineage{name, tables.Through(name), modelColumns(m.Model(name))}, nil
	case columns.Has(name):
		return lineage{Name: name, Lineage: columns.Through(name)}, nil
	}
	known := tables.Names()
	if strings.Contains(name, ".") {
		known = append(columns.Names(), known...)
	}
	return lineage{}, fmt.Errorf("no source, table, model or column is named %q, or no model reads it%s", name,
		term.DidYouMean(name, known))
}

// modelColumns returns the columns of a model; none of nil.
func modelColumns(model *manifest.Model) (columns []column) {
	if model == nil {
		return nil
	}
	for _, c := range model.Columns {
		from := []string{}
		for _, ref := range c.Lineage {
			from = append(from, explain.ShortName(ref.String()))
		}
		columns = append(columns, column{c.Name, string(c.Type), c.Description, from})
	}
	return columns
}

func (t text) lineage(l lineage) {
	t.say("%s", term.Lines(l.Tree(func(n explain.Node) string {
		switch {
		case n.Name == l.Name:
			return t.bold(n.Name).String()
		case n.Kind == explain.SourceNode:
			return t.paint.In(ink.FgCyan, n.Name).String()
		}
		return n.Name
	})))
	if l.Columns == nil {
		return
	}
	t.say("\nThe columns of %s, and what each is made from:", l.Name)
	rows := term.NewTable()
	for _, c := range l.Columns {
		from := term.Column(c.MadeFrom)
		if len(c.MadeFrom) == 0 {
			from = t.faint("no column")
		}
		rows.Row(c.Name, t.faint(c.Type), from)
	}
	t.table(rows)
}
