package propose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/partition"
)

// editor rewrites a view's text into a model's: it reads the project's tables and the models of other views, and of each
// only what had arrived by the end of the partition. All else stays as its author wrote it.
type editor struct {
	*planner
	model    *Model
	mappings map[string][]mapping // by table
}

// query is the text of a view for the model.
func (e *editor) query(v *resolve.View) string {
	t := &textOf{view: v, wheres: map[*syntax.Node]*where{}}
	for _, in := range v.Reads {
		e.read(t, in)
	}
	for _, call := range clocks(v.Tree) {
		e.clock(t, call)
	}
	e.unnamed(t)
	selects := make([]*syntax.Node, 0, len(t.wheres))
	for n := range t.wheres {
		selects = append(selects, n)
	}
	slices.SortFunc(selects, func(a, b *syntax.Node) int { // those within others first
		return cmp.Or((a.End-a.Start)-(b.End-b.Start), a.Start-b.Start)
	})
	for _, n := range selects {
		t.wheres[n].edit(t, n)
	}
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(t.text(0, len(v.SQL))), ";"))
	given, names := make([]string, len(v.Columns)), make([]string, len(v.Columns))
	for i, c := range v.Columns {
		given[i], names[i] = cmp.Or(v.Given[i], c.Name), c.Name
	}
	return e.renamed(text, given, names)
}

// read makes a place where a view reads a table read what stands for it now.
func (e *editor) read(t *textOf, in resolve.Read) {
	from := in.Path.Parent
	alias := ""
	if from.Child("Alias") == nil {
		alias = " AS " + e.quoted(resolve.Alias(from))
	}
	if in.View != nil {
		f := e.fates[in.View]
		if through, ok := f.direct(e.tables); ok {
			e.readTable(t, resolve.Read{Path: in.Path, Table: through}, f.place(), alias)
		} else if m := f.holder(); m == nil || m == e.model {
			t.replace(in.Path.Start, in.Path.End, "(\n"+e.query(in.View)+"\n)"+alias)
		} else {
			e.readModel(t, in, f, m, alias)
		}
		return
	}
	e.readTable(t, in, algebra.Place{View: t.view.Name, Start: in.Path.Start, End: in.Path.End}, alias)
}

// direct is the table that a view hands on with all its columns.
func (f *Fate) direct(tables map[string]*resolve.Table) (*resolve.Table, bool) {
	if f.Kind != Through || len(f.View.Reads) != 1 || f.View.Reads[0].View != nil {
		return nil, false
	}
	t := tables[f.Table]
	return t, len(t.Columns) == len(f.View.Columns)
}

// place is the one where a view reads a table.
func (f *Fate) place() algebra.Place {
	path := f.View.Reads[0].Path
	return algebra.Place{View: f.View.Name, Start: path.Start, End: path.End}
}

// readTable reads a table, as much of it as the model needs.
func (e *editor) readTable(t *textOf, in resolve.Read, place algebra.Place, alias string) {
	from := in.Path.Parent
	name := e.nameOf(t, in)
	text := name
	if last := name[strings.LastIndex(name, ".")+1:]; alias != "" && resolve.Alias(from) != last {
		text += alias
	}
	if in.Table.PartitionBy == "" {
		e.mapped(name, in.Table.Grain, mapping{exact: true})
		t.replace(in.Path.Start, in.Path.End, text)
		return
	}
	exact := e.model.marked[place]
	bound := e.bound(in.Table.PartitionBy, in.Table.Grain, exact)
	terms := e.terms(t, in)
	e.mapped(name, in.Table.Grain, reach(terms, exact))
	e.drop(t, in, terms, exact)
	if n := selectOf(from); n != nil && from.Parent.Kind == "FromClause" && from.Parent.Parent == n {
		t.replace(in.Path.Start, in.Path.End, text)
		if !bounded(terms, exact) {
			t.where(n).bounds = append(t.where(n).bounds, bound)
		}
		return
	}
	t.replace(in.Path.Start, in.Path.End, fmt.Sprintf("(SELECT * FROM %s WHERE %s)%s", name, bound, alias))
}

// nameOf is what a table is called in the model.
func (e *editor) nameOf(t *textOf, in resolve.Read) string {
	table := in.Table
	if table.Origin == resolve.Project {
		return table.Name
	}
	if !slices.Contains(e.model.Unknown, table) {
		e.model.Unknown = append(e.model.Unknown, table)
		e.model.note(t.view, t.view.At(in.Path.Start), true, "%s is no table of this project, and stands in the model as %s",
			table.Name, raw(table))
	}
	return raw(table)
}

// holder is the model that has a view's rows, as far as it has been made.
func (f *Fate) holder() *Model {
	if f.Of != nil {
		return f.Of.Model
	}
	return f.Model
}

// selectOf is the SELECT that a node belongs to.
func selectOf(n *syntax.Node) *syntax.Node {
	for n != nil && n.Kind != "Select" {
		n = n.Parent
	}
	return n
}

// unnamed names the columns that have none: BigQuery does it in a view, and not in a model.
func (e *editor) unnamed(t *textOf) {
	for i, name := range t.view.Given {
		if name != "" {
			continue
		}
		item := t.view.Item(i)
		if item == nil {
			e.model.note(t.view, t.view.At(0), true, "column %d has no name; give it one with AS", i+1)
			continue
		}
		_, end := t.parens(item, item.Parent)
		t.replace(end, end, " AS "+e.quoted(t.view.Columns[i].Name))
	}
}

// bound is the condition that a table is read in the model's partition alone, or up to its end.
func (e *editor) bound(by string, grain partition.Grain, exact bool) string {
	by = e.quoted(by)
	switch {
	case exact && grain == e.model.Grain:
		return by + " = @partition_date"
	case exact:
		return fmt.Sprintf("%s >= @partition_date AND %[1]s < @partition_end", by)
	case grain == partition.Monthly && e.model.Grain == partition.Daily:
		return by + " <= DATE_SUB(@partition_end, INTERVAL 1 MONTH)"
	}
	return by + " < @partition_end"
}

var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoted is a name as GoogleSQL takes it.
func (p *planner) quoted(name string) string {
	if plain.MatchString(name) && !p.settings.Reserved(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "\\`") + "`"
}

// named gives the columns of a view's query the names of the model's.
func (p *planner) named(m *Model, sql string) string {
	given, names := make([]string, len(m.Columns)), make([]string, len(m.Columns))
	for i, c := range m.Columns {
		given[i], names[i] = m.View.Columns[i].Name, c.Name
	}
	return p.renamed(sql, given, names)
}

// renamed gives the columns of a query other names, where they differ.
func (p *planner) renamed(sql string, given, names []string) string {
	if slices.Equal(given, names) {
		return sql
	}
	columns := make([]string, len(names))
	for i, name := range names {
		if columns[i] = p.quoted(given[i]); given[i] != name {
			columns[i] += " AS " + p.quoted(name)
		}
	}
	return "SELECT\n  " + strings.Join(columns, ",\n  ") + "\nFROM (\n" + sql + "\n)"
}
