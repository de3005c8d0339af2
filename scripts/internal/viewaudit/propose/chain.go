package propose

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// readModel reads the model that holds a view's rows.
func (e *editor) readModel(t *textOf, in resolve.Read, f *Fate, m *Model, alias string) {
	var conds, columns []string
	if m.Incremental() {
		exact := e.sliced(f, m)
		if !exact {
			conds = append(conds, conditions(m.window, m.PartitionBy, "@partition_end")...)
		}
		conds = append(conds, e.bound(m.PartitionBy, m.Grain, exact))
		e.mapped(m.Table(), m.Grain, mapping{exact: exact})
	} else {
		e.mapped(m.Table(), m.Grain, mapping{exact: true})
	}
	whole := f.Kind != Contained && !m.Stands
	for i, c := range f.View.Columns {
		column := m.column(f.of(i))
		whole = whole && strings.EqualFold(column, c.Name)
		if !strings.EqualFold(column, c.Name) {
			column += " AS " + e.quoted(c.Name)
		}
		columns = append(columns, column)
	}
	conds = append(conds, f.Comparison.WhereIn(m.column)...)
	text := m.Table()
	switch list := strings.Join(columns, ", "); {
	case whole && len(conds) == 0 && alias != "" && strings.TrimPrefix(alias, " AS ") == m.Name:
		alias = ""
	case whole && len(conds) == 0:
	case len(conds) == 0:
		text = fmt.Sprintf("(SELECT %s FROM %s)", list, m.from())
	default:
		if whole {
			list = "*"
		}
		text = fmt.Sprintf("(SELECT %s FROM %s WHERE %s)", list, m.from(), strings.Join(conds, " AND "))
	}
	t.replace(in.Path.Start, in.Path.End, text+alias)
}

// sliced reports whether the rows of one partition of a view's model are all that the model in hand needs of it: whether
// what that partition is made from is marked here.
func (e *editor) sliced(f *Fate, m *Model) bool {
	for i := range f.View.Columns {
		if m.column(f.of(i)) != m.PartitionBy {
			continue
		}
		s := newSlicer(e.tables, m.Grain)
		if r := f.View.Relation; s.restrict(r.Block, r.Columns[i].Expr) {
			for place, whole := range s.whole(r) {
				if whole && !e.model.marked[place] {
					return false
				}
			}
			return true
		}
	}
	return false
}
