package viewaudit

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
)

// findExisting looks for a model of the project that returns everything the proposed one would. If there is
// one, the proposal takes its name and the names of its columns.
func (p *planner) findExisting(m *Model) bool {
	tables := slices.Clone(p.settings.project.Tables)
	for _, made := range p.plan.Models {
		tables = append(tables, made.asTable())
	}
	mine := resolveModel(m.Name, m.SQL, m.Inputs, tables)
	if mine == nil {
		return false
	}
	if p.existing == nil {
		p.existing = map[string]*algebra.Relation{}
		for _, model := range p.settings.project.Models {
			p.existing[model.Name] = p.settings.project.Relation(model)
		}
	}
	for _, model := range p.settings.project.Models {
		incremental := model.Materialized == manifest.Incremental
		if model.Grain != m.Grain || incremental != m.Incremental() {
			continue
		}
		c := algebra.Compare(mine, p.existing[model.Name])
		if (c.Verdict != algebra.Same && c.Verdict != algebra.Contained) || len(c.Where) > 0 {
			continue
		}
		delete(p.names, m.Name)
		m.Existing, m.Name = true, model.Name
		if incremental {
			m.PartitionBy = model.PartitionBy
		}
		for i := range m.Columns {
			m.Columns[i].Name = c.Columns[i]
		}
		m.Notes = nil
		return true
	}
	return false
}

func (m *Model) asTable() *Table {
	t := &Table{Name: m.Table(), Origin: OfProject, Grain: m.Grain, PartitionBy: m.PartitionBy}
	for i, c := range m.Columns {
		t.Columns = append(t.Columns, Column{Name: c.Name, Type: m.View.Columns[i].Type})
	}
	return t
}

// widen combines views with the same rows and different columns into views with the columns of all, so that
// one model can replace several. The widened views must be resolved and planned together with the others;
// those that then do not contain the views that they combine are useless.
func widen(p *Plan) (wide []*Definition) {
	taken := map[*Placement]bool{}
	leads := func(f *Placement) bool {
		return f.Kind == Leads && f.View.Relation != nil && !f.Model.Existing && !taken[f] && len(f.View.Listed) == 0
	}
	for _, f := range p.Placements {
		if !leads(f) {
			continue
		}
		w := newWider(f.View)
		for _, g := range p.Placements {
			if g != f && leads(g) && tablesOf(f.View) == tablesOf(g.View) && w.add(g.View) {
				taken[g] = true
			}
		}
		if len(w.made) > 1 {
			taken[f] = true
			wide = append(wide, w.view())
		}
	}
	return wide
}

// useless returns the widened views of a plan that do not contain all views that they combine.
func (p *Plan) useless() map[*Definition]bool {
	useless := map[*Definition]bool{}
	for _, w := range p.Widened {
		for _, title := range w.View.MadeFrom {
			i := slices.IndexFunc(p.Placements, func(f *Placement) bool { return f.View.Title() == title })
			if i < 0 || p.Placements[i].Of != w {
				useless[w.View.Definition] = true
			}
		}
	}
	return useless
}

// wider collects the columns of views that have the same rows as one view.
type wider struct {
	of    *View
	items []string // to be added to its SELECT list
	names map[string]bool
	made  []string
}

func newWider(v *View) *wider {
	w := &wider{of: v, names: map[string]bool{}, made: []string{v.Title()}}
	for _, c := range v.Relation.Columns {
		w.names[c.Name] = true
	}
	return w
}

// add adds the columns of another view, if it has the same rows and its columns can be written in the first
// view's query.
func (w *wider) add(v *View) bool {
	rows := func(v *View) *algebra.Relation { return &algebra.Relation{Block: v.Relation.Block} }
	if w.of.Item(0) == nil || algebra.Compare(rows(w.of), rows(v)).Verdict != algebra.Same {
		return false
	}
	var items, names []string
	for i, c := range v.Relation.Columns {
		if w.names[c.Name] {
			one := &algebra.Relation{Block: v.Relation.Block, Columns: []algebra.Column{c}}
			if got := algebra.Compare(one, w.of.Relation); len(got.Columns) != 1 || got.Columns[0] != c.Name {
				return false // a different column of the same name
			}
			continue
		}
		text, ok := item(v, i)
		if !ok {
			return false
		}
		items, names = append(items, text), append(names, c.Name)
	}
	w.items, w.made = append(w.items, items...), append(w.made, v.Title())
	for _, name := range names {
		w.names[name] = true
	}
	return true
}

// item returns the text of a column in a SELECT that reads one table, without that table's name.
func item(v *View, i int) (string, bool) {
	expr := v.Item(i)
	if expr == nil {
		return "", false
	}
	from := expr.Parent.Parent.Parent.Child("FromClause")
	if from == nil || len(from.Children) != 1 || from.Children[0].Kind != "TablePathExpression" {
		return "", false
	}
	alias := Alias(from.Children[0])
	t := &textOf{view: v}
	expr.Walk(func(n *googlesql.Node) {
		if path := n.Path(); n.Kind == "PathExpression" && len(path) > 1 && strings.EqualFold(path[0], alias) {
			t.replace(n.Start, n.Children[1].Start, "")
		}
	})
	start, end := t.parens(expr, expr.Parent)
	return t.text(start, end) + " AS " + v.Columns[i].Name, plainName.MatchString(v.Columns[i].Name)
}

// view returns the first view with the columns of all. Places in its text are those of the first view, except
// after the last column on the same line.
func (w *wider) view() *Definition {
	v := *w.of.Definition
	list := w.of.Item(0).Parent.Parent
	v.SQL = v.SQL[:list.End] + ", " + strings.Join(w.items, ", ") + v.SQL[list.End:]
	v.Text = v.Text[:v.Offset] + v.SQL + v.Text[v.Offset+len(w.of.SQL):]
	v.Name += "_wide"
	v.MadeFrom = w.made
	return &v
}
