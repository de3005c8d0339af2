package viewaudit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

var (
	viewPrefix  = regexp.MustCompile(`^(v|vw|view|vista)_`)
	viewSuffix  = regexp.MustCompile(`_(v|vw|view)$`)
	camelCase   = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	otherChars  = regexp.MustCompile(`[^a-z0-9_]+`)
	underscores = regexp.MustCompile(`__+`)
)

// snake returns a name in lower snake case.
func snake(name string) string {
	name = otherChars.ReplaceAllString(strings.ToLower(camelCase.ReplaceAllString(name, "${1}_$2")), "_")
	name = strings.Trim(underscores.ReplaceAllString(name, "_"), "_")
	if name == "" || name[0] < 'a' {
		name = "x_" + name
	}
	return strings.TrimRight(name[:min(len(name), 100)], "_")
}

// name returns a new name for a view's model.
func (p *planner) name(v *View) string {
	dataset, view, _ := strings.Cut(v.Name, ".")
	if v.MadeFrom != nil {
		view = strings.TrimSuffix(view, "_wide")
	}
	short := viewSuffix.ReplaceAllString(viewPrefix.ReplaceAllString(snake(view), ""), "")
	long := snake(dataset + "_" + short)
	name := short
	for i := 2; p.names[name]; i++ {
		name = long
		if dataset == noDataset || p.names[name] {
			name = fmt.Sprintf("%s_%d", short, i)
		}
	}
	p.names[name] = true
	return name
}

// setColumns gives the model the view's columns, under names that are allowed in a model.
func (m *Model) setColumns(p *planner) {
	used := map[string]bool{}
	for i, c := range m.View.Columns {
		name := snake(c.Name)
		if p.settings.reserved(name) || strings.HasPrefix(name, "sha256") {
			name += "_value"
		}
		for used[name] {
			name += "_2"
		}
		used[name] = true
		column := ModelColumn{Name: name, of: strings.ToLower(c.Name)}
		column.Description = m.describe(p, i)
		m.Columns = append(m.Columns, column)
		if !strings.EqualFold(name, c.Name) { // names of columns are not case-sensitive in BigQuery
			m.note(m.View, m.View.At(0), false, "the column %s is renamed to %s: names in models are lower snake case", c.Name, name)
		}
	}
}

// describe returns the description of a column: from the view, from the column that it returns, or the view's
// expression.
func (m *Model) describe(p *planner, i int) string {
	c := m.View.Columns[i]
	if c.Description != "" {
		return c.Description
	}
	if m.View.Relation != nil && len(c.Lineage) == 1 && base(m.View.Relation.Columns[i].Expr) != nil {
		from := c.Lineage[0]
		if t := p.tables[from.Table]; t != nil {
			if column := t.Column(from.Column); column != nil && column.Description != "" {
				return column.Description
			}
		}
		return from.Column + " of " + from.Table + "."
	}
	expr := m.View.Item(i)
	if expr != nil && expr.Kind == "PathExpression" {
		path := expr.Path()
		for _, in := range m.View.Reads {
			if in.View == nil {
				continue
			}
			holder := p.placements[in.View].holder()
			k := slices.IndexFunc(in.View.Columns, func(o Output) bool {
				return strings.EqualFold(o.Name, path[len(path)-1])
			})
			if k < 0 || holder == nil || holder.View != in.View {
				continue
			}
			return holder.Columns[k].Description
		}
	}
	const most = 200
	if expr != nil && expr.Kind != "PathExpression" && expr.End-expr.Start <= most {
		return strings.Join(strings.Fields(m.View.SQL[expr.Start:expr.End]), " ") + "."
	}
	return "Computed as in the view " + m.View.Title() + "."
}

// base returns the column of a table that an expression returns unchanged, nil for any other expression.
func base(e *algebra.Expr) *algebra.Expr {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		return e
	case e.Op == "ref" && len(e.Args) == 1:
		return base(e.Args[0])
	}
	return nil
}
