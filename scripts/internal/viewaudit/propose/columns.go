package propose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/read"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

var (
	prefix = regexp.MustCompile(`^(v|vw|view|vista)_`)
	suffix = regexp.MustCompile(`_(v|vw|view)$`)
	camel  = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	other  = regexp.MustCompile(`[^a-z0-9_]+`)
	many   = regexp.MustCompile(`__+`)
)

// snake is a name in lower snake case.
func snake(name string) string {
	name = other.ReplaceAllString(strings.ToLower(camel.ReplaceAllString(name, "${1}_$2")), "_")
	name = strings.Trim(many.ReplaceAllString(name, "_"), "_")
	if name == "" || name[0] < 'a' {
		name = "x_" + name
	}
	return strings.TrimRight(name[:min(len(name), 100)], "_")
}

// name is a name for a view's model that no other has.
func (p *planner) name(v *resolve.View) string {
	dataset, view, _ := strings.Cut(v.Name, ".")
	if v.Made != nil {
		view = strings.TrimSuffix(view, "_wide")
	}
	short := suffix.ReplaceAllString(prefix.ReplaceAllString(snake(view), ""), "")
	long := snake(dataset + "_" + short)
	name := short
	for i := 2; p.names[name]; i++ {
		name = long
		if dataset == read.NoDataset || p.names[name] {
			name = fmt.Sprintf("%s_%d", short, i)
		}
	}
	p.names[name] = true
	return name
}

// columns gives the model the view's columns, under names that a model's can have.
func (m *Model) columns(p *planner) {
	used := map[string]bool{}
	for i, c := range m.View.Columns {
		name := snake(c.Name)
		if p.settings.Reserved(name) || strings.HasPrefix(name, "sha256") {
			name += "_value"
		}
		for used[name] {
			name += "_2"
		}
		used[name] = true
		column := Column{Name: name, of: strings.ToLower(c.Name)}
		column.Description = m.describe(p, i)
		m.Columns = append(m.Columns, column)
		if !strings.EqualFold(name, c.Name) { // BigQuery does not tell upper from lower case in columns
			m.note(m.View, m.View.At(0), false, "the column %s is called %s, as a model's columns are", c.Name, name)
		}
	}
}

// describe says of a column what its view says, or where it comes from, or how the view makes it.
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
			holder := p.fates[in.View].holder()
			k := slices.IndexFunc(in.View.Columns, func(o resolve.Output) bool { return strings.EqualFold(o.Name, path[len(path)-1]) })
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
	return "As the view " + m.View.Title() + " made it."
}

// base is the column of a table that an expression hands on, nil when it is anything else.
func base(e *algebra.Expr) *algebra.Expr {
	switch {
	case e.Op == "ref" && e.Source.Kind == algebra.Table:
		return e
	case e.Op == "ref" && len(e.Args) == 1:
		return base(e.Args[0])
	}
	return nil
}
