package propose

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
)

// key finds the columns in which no two rows are alike: those that the view groups by, if it gives them all. Otherwise,
// where a key is needed, it is guessed.
func (m *Model) key(p *planner) {
	defer m.notNull(p)
	r := m.View.Relation
	if r != nil && len(r.Block.Sources) == 1 && r.Block.Sources[0].Kind == algebra.Group {
		if key, ok := m.grouped(r.Block.Sources[0]); ok {
			m.UniqueKey = key
			return
		}
	}
	if !m.Incremental() {
		return
	}
	m.UniqueKey = []string{m.PartitionBy}
	names := func(keep func(i int, name, typ string) bool) {
		for i, c := range m.Columns {
			if keep(i, c.Name, m.View.Columns[i].Type) && !slices.Contains(m.UniqueKey, c.Name) {
				m.UniqueKey = append(m.UniqueKey, c.Name)
			}
		}
	}
	names(func(i int, name, typ string) bool {
		isID := name == "id" || strings.HasSuffix(name, "_id")
		return isID && (typ == "STRING" || typ == "INT64") && (r == nil || base(r.Columns[i].Expr) != nil)
	})
	if len(m.UniqueKey) == 1 { // what is no number mostly says what a row is about
		names(func(_ int, _, typ string) bool { return typ == "STRING" || typ == "DATE" || typ == "BOOL" })
	}
	m.note(m.View, m.View.At(0), true, "unique_key is a guess, [%s]: nothing in the view says in which columns its rows differ; "+
		"the audit fails where it is wrong", strings.Join(m.UniqueKey, ", "))
}

// grouped are the columns that are a group's keys; false when one is not given. Of no keys, there is one row.
func (m *Model) grouped(group *algebra.Source) (key []string, ok bool) {
	for _, k := range group.Keys {
		i := slices.IndexFunc(m.View.Relation.Columns, func(c algebra.Column) bool {
			return c.Expr.Op == "ref" && c.Expr.Source == group && algebra.Alike(c.Expr.Args[0], k)
		})
		if i < 0 || m.View.Columns[i].Type == "FLOAT64" || m.View.Columns[i].Type == "JSON" {
			return nil, false
		}
		if name := m.Columns[i].Name; !slices.Contains(key, name) {
			key = append(key, name)
		}
	}
	if m.Incremental() && !slices.Contains(key, m.PartitionBy) {
		key = append([]string{m.PartitionBy}, key...)
	}
	return key, len(key) > 0
}

// notNull tests the partition's date, and the keys that come from columns that are never null.
func (m *Model) notNull(p *planner) {
	for i := range m.Columns {
		c := &m.Columns[i]
		c.NotNull = c.Name == m.PartitionBy
		if m.View.Relation == nil || !slices.Contains(m.UniqueKey, c.Name) {
			continue
		}
		from := m.View.Relation.Columns[i].Expr
		if column := base(from); column != nil && always(from) {
			if of := p.tables[column.Source.Table].Column(column.Name); of != nil && of.Required {
				c.NotNull = true
			}
		}
	}
}

// always reports whether no outer join stands between a table's column and an expression that hands it on.
func always(e *algebra.Expr) bool {
	for e.Op == "ref" && len(e.Args) == 1 {
		if e.Source.Kind == algebra.Optional || e.Source.Kind == algebra.Full {
			return false
		}
		e = e.Args[0]
	}
	return true
}

// raw is the name under which a table that Rollcall does not have would be loaded.
func raw(t *resolve.Table) string {
	_, name, _ := strings.Cut(t.Name, ".")
	return "raw." + snake(name)
}
