package viewaudit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/internal/viewaudit/algebra"
)

// editor turns a view's query into a model's: it reads the project's tables and the models of other views.
// Everything else stays as its author wrote it. The mappings in the header say which partitions are read.
type editor struct {
	*planner
	model   *Model
	reached map[string]reach // by table
}

// query returns the query of a view for the model.
func (e *editor) query(v *View) string {
	t := &textOf{view: v, wheres: map[*googlesql.Node]bool{}, dropped: map[*googlesql.Node]bool{}}
	for _, in := range v.Reads {
		e.replaceRead(t, in)
	}
	for _, call := range clocks(v.Tree) {
		e.replaceClock(t, call)
	}
	e.nameColumns(t)
	for n := range t.wheres {
		t.removeDropped(n)
	}
	text := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(t.text(0, len(v.SQL))), ";"))
	given, names := slices.Clone(v.QueryNames), v.columnNames()
	for i, name := range names {
		given[i] = cmp.Or(given[i], name)
	}
	return e.renamed(text, given, names)
}

// replaceRead replaces a table that a view reads.
func (e *editor) replaceRead(t *textOf, in Read) {
	from := in.Path.Parent
	alias := ""
	if from.Child("Alias") == nil {
		alias = " AS " + e.quoted(Alias(from))
	}
	if in.View != nil {
		f := e.placements[in.View]
		if through, ok := f.direct(e.tables); ok {
			e.readTable(t, Read{Path: in.Path, Table: through}, f.place(), alias)
		} else if m := f.holder(); m == nil || m == e.model {
			t.replace(in.Path.Start, in.Path.End, "(\n"+e.query(in.View)+"\n)"+alias)
		} else {
			e.readModel(t, in, f, m, alias)
		}
		return
	}
	e.readTable(t, in, algebra.Place{View: t.view.Name, Start: in.Path.Start, End: in.Path.End}, alias)
}

// direct returns the table that a view returns unchanged with all its columns.
func (f *Placement) direct(tables map[string]*Table) (*Table, bool) {
	if f.Kind != PassThrough || len(f.View.Reads) != 1 || f.View.Reads[0].View != nil {
		return nil, false
	}
	t := tables[f.Table]
	return t, len(t.Columns) == len(f.View.Columns)
}

// place returns the place where a view reads its first table.
func (f *Placement) place() algebra.Place {
	path := f.View.Reads[0].Path
	return algebra.Place{View: f.View.Name, Start: path.Start, End: path.End}
}

// readTable replaces a table with its name in the model.
func (e *editor) readTable(t *textOf, in Read, place algebra.Place, alias string) {
	name := e.nameOf(t, in)
	text := name
	if last := name[strings.LastIndex(name, ".")+1:]; alias != "" && Alias(in.Path.Parent) != last {
		text += alias
	}
	t.replace(in.Path.Start, in.Path.End, text)
	lag := e.model.lag(place)
	if lag == 0 && e.model.Incremental() {
		e.dropTimes(t, in, in.Table.PartitionBy)
	}
	e.reads(name, reach{in.Table.Grain, in.Table.PartitionBy != "", lag})
}

// nameOf returns the name of a table in the model.
func (e *editor) nameOf(t *textOf, in Read) string {
	table := in.Table
	if table.Origin == OfProject {
		return table.Name
	}
	unknown := UnknownTable{table.Name, e.rawName(table)}
	if !slices.Contains(e.model.Unknown, unknown) {
		e.model.Unknown = append(e.model.Unknown, unknown)
		e.model.note(t.view, t.view.At(in.Path.Start), true,
			"%s is not a table of this project; the model reads it as %s", table.Name, unknown.As)
	}
	return unknown.As
}

// holder returns the model that has a view's rows, nil when it is not made yet.
func (f *Placement) holder() *Model {
	if f.Of != nil {
		return f.Of.Model
	}
	return f.Model
}

// selectOf returns the SELECT that a node belongs to.
func selectOf(n *googlesql.Node) *googlesql.Node {
	for n != nil && n.Kind != "Select" {
		n = n.Parent
	}
	return n
}

// nameColumns names the columns that have no name. BigQuery names them in views, but models need names.
func (e *editor) nameColumns(t *textOf) {
	for i, name := range t.view.QueryNames {
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

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoted returns a name, in backticks when necessary.
func (p *planner) quoted(name string) string {
	if plainName.MatchString(name) && !p.settings.reserved(name) {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "\\`") + "`"
}

// renamed renames the columns of a query whose names differ.
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

// readModel replaces a view with the model that holds its rows.
func (e *editor) readModel(t *textOf, in Read, f *Placement, m *Model, alias string) {
	var conds []string
	r := reach{grain: m.Grain, partitioned: m.Incremental()}
	if m.Incremental() {
		lag, column := e.lag(f, m)
		if lag == 0 && e.model.Incremental() {
			e.dropTimes(t, in, column)
		} else {
			conds = conditions(m.windows, m.PartitionBy, inModel)
		}
		r.lag = lag
	}
	e.reads(m.Table(), r)
	columns := e.columns(f, m)
	whole := f.Kind != Contained && !m.Existing
	for i, c := range f.View.Columns {
		whole = whole && strings.EqualFold(m.column(f.of(i)), c.Name)
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

// lag returns how many partitions before its own the model needs of another view's model, and the view's column that
// is the date of these partitions.
func (e *editor) lag(f *Placement, m *Model) (lag int, column string) {
	r := f.View.Relation
	for i, c := range f.View.Columns {
		if m.column(f.of(i)) != m.PartitionBy {
			continue
		}
		s := newSlicer(e.tables, m.Grain)
		if !s.restrict(r.Block, r.Columns[i].Expr, 0) {
			continue
		}
		for place, own := range s.places(r) {
			if own == 0 {
				lag = max(lag, e.model.lag(place))
			}
		}
		return lag, c.Name
	}
	return everything, ""
}

// removeDropped removes the terms of a SELECT's WHERE that are dropped.
func (t *textOf) removeDropped(n *googlesql.Node) {
	clause := n.Child("WhereClause")
	terms := conjuncts(clause.Children[0])
	first := slices.IndexFunc(terms, func(term *googlesql.Node) bool { return !t.dropped[term] })
	if first < 0 {
		_, last := t.parens(clause.Children[0], clause)
		start, end := gap(t.view.SQL, clause.Start, max(last, clause.End))
		t.replace(start, end, "")
		return
	}
	for i, term := range terms {
		start, end := t.parens(term, clause)
		switch {
		case !t.dropped[term]:
		case i < first:
			next, _ := t.parens(terms[i+1], clause)
			t.replace(start, next, "")
		default:
			_, before := t.parens(terms[i-1], clause)
			t.replace(before, end, "")
		}
	}
}

// gap returns a range of a text with the blanks that removing it would leave behind: its whole line, those
// after it at the beginning of a line, or one before it.
func gap(sql string, start, end int) (from, to int) {
	line := strings.LastIndexByte(sql[:start], '\n') + 1
	rest := strings.TrimLeft(sql[end:], " \t")
	switch {
	case strings.TrimSpace(sql[line:start]) == "" && strings.HasPrefix(rest, "\n"):
		return line, len(sql) - len(rest) + 1
	case strings.TrimSpace(sql[line:start]) == "":
		return start, len(sql) - len(rest)
	case start > line && sql[start-1] == ' ' && len(rest) < len(sql[end:]):
		return start - 1, end
	}
	return start, end
}

// conjuncts returns the terms of a condition.
func conjuncts(n *googlesql.Node) []*googlesql.Node {
	if n.Kind == "AndExpr" {
		return n.Children
	}
	return []*googlesql.Node{n}
}

// textOf is a view's query with changes.
type textOf struct {
	view    *View
	edits   []edit
	wheres  map[*googlesql.Node]bool // the SELECTs with terms of WHERE that are dropped
	dropped map[*googlesql.Node]bool // these terms
}

type edit struct {
	start, end int
	text       string
}

// replace replaces a range, and all changes inside it, with a text.
func (t *textOf) replace(start, end int, text string) {
	inside := func(e edit) bool { return start <= e.start && e.end <= end && start < end }
	t.edits = slices.DeleteFunc(t.edits, inside)
	t.edits = append(t.edits, edit{start, end, text})
}

// text returns a range with its changes.
func (t *textOf) text(start, end int) string {
	within := slices.DeleteFunc(slices.Clone(t.edits), func(e edit) bool { return e.start < start || e.end > end })
	slices.SortStableFunc(within, func(a, b edit) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var b strings.Builder
	for _, e := range within {
		if e.start < start { // inside the one before
			continue
		}
		b.WriteString(t.view.SQL[start:e.start] + e.text)
		start = e.end
	}
	return b.String() + t.view.SQL[start:end]
}

// parens returns a node's range with the parentheses around it.
func (t *textOf) parens(n, within *googlesql.Node) (start, end int) {
	sql := t.view.SQL
	start, end = n.Start, n.End
	for {
		before := strings.TrimRight(sql[within.Start:start], " \t\n")
		after := strings.TrimLeft(sql[end:], " \t\n")
		if !strings.HasSuffix(before, "(") || !strings.HasPrefix(after, ")") {
			return start, end
		}
		start = within.Start + len(before) - 1
		end = len(sql) - len(after) + 1
	}
}
