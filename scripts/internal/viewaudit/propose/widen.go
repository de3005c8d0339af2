package propose

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/compare"
	"example.com/rollcall/scripts/internal/viewaudit/read"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// Widen makes, of views that have the same rows and other columns, one with the columns of all, so that one model can take
// the place of all their models. The views that it gives are meant to be resolved and planned for beside the others: what
// does not contain those that it was made of then is of no use (see Useless).
func Widen(p *Plan) (wide []*read.View) {
	taken := map[*Fate]bool{}
	leads := func(f *Fate) bool {
		return f.Kind == Leads && f.View.Relation != nil && !f.Model.Stands && !taken[f] && len(f.View.View.Columns) == 0
	}
	for _, f := range p.Fates {
		if !leads(f) {
			continue
		}
		w := newWider(f.View)
		for _, g := range p.Fates {
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

// Useless are the widened views of a plan that do not hold all those that they were made of.
func (p *Plan) Useless() map[*read.View]bool {
	useless := map[*read.View]bool{}
	for _, w := range p.Widened {
		for _, title := range w.View.Made {
			i := slices.IndexFunc(p.Fates, func(f *Fate) bool { return f.View.Title() == title })
			if i < 0 || p.Fates[i].Of != w {
				useless[w.View.View] = true
			}
		}
	}
	return useless
}

// wider gathers the columns of views that have the rows of one.
type wider struct {
	of    *resolve.View
	items []string // to be added to its SELECT list
	names map[string]bool
	made  []string
}

func newWider(v *resolve.View) *wider {
	w := &wider{of: v, names: map[string]bool{}, made: []string{v.Title()}}
	for _, c := range v.Relation.Columns {
		w.names[c.Name] = true
	}
	return w
}

// add takes in the columns of another view, if it has the same rows and its columns can be told in the words of the first.
func (w *wider) add(v *resolve.View) bool {
	rows := func(v *resolve.View) *algebra.Relation { return &algebra.Relation{Block: v.Relation.Block} }
	if w.of.Item(0) == nil || compare.Pair(rows(w.of), rows(v)).Verdict != compare.Same {
		return false
	}
	var items, names []string
	for i, c := range v.Relation.Columns {
		if w.names[c.Name] {
			one := &algebra.Relation{Block: v.Relation.Block, Columns: []algebra.Column{c}}
			if got := compare.Pair(one, w.of.Relation); len(got.Columns) != 1 || got.Columns[0] != c.Name {
				return false // another column of the same name
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

// item is the text of a column in a SELECT that reads one table, without that table's name.
func item(v *resolve.View, i int) (string, bool) {
	expr := v.Item(i)
	if expr == nil {
		return "", false
	}
	from := expr.Parent.Parent.Parent.Child("FromClause")
	if from == nil || len(from.Children) != 1 || from.Children[0].Kind != "TablePathExpression" {
		return "", false
	}
	alias := resolve.Alias(from.Children[0])
	t := &textOf{view: v}
	expr.All(func(n *syntax.Node) {
		if path := n.Path(); n.Kind == "PathExpression" && len(path) > 1 && strings.EqualFold(path[0], alias) {
			t.replace(n.Start, n.Children[1].Start, "")
		}
	})
	start, end := t.parens(expr, expr.Parent)
	return t.text(start, end) + " AS " + v.Columns[i].Name, plain.MatchString(v.Columns[i].Name)
}

// view is the first view with the columns of all. The places in its text are the first's, but for what stands behind the
// columns in one line with the last of them.
func (w *wider) view() *read.View {
	v := *w.of.View
	list := w.of.Item(0).Parent.Parent
	v.SQL = v.SQL[:list.End] + ", " + strings.Join(w.items, ", ") + v.SQL[list.End:]
	v.Text = v.Text[:v.Offset] + v.SQL + v.Text[v.Offset+len(w.of.SQL):]
	v.Name += "_wide"
	v.Made = w.made
	return &v
}
