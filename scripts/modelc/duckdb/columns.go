package duckdb

import (
	"cmp"
	"slices"
	"strings"
)

// column is a column that a FROM clause, or a part of one, gives to its SELECT.
type column struct {
	name    string   // empty when it has none
	typ     string   // empty when it is not known
	path    []string // the names by which DuckDB finds it: its table's, if that has one, its own, a field's
	element bool     // it is an array's element or its place, a table of its own in GoogleSQL
	sides   []column // of FULL JOIN … USING: it is the first of these that is not NULL
}

// unknownColumns stands for the columns of what cannot be in FROM of a rewritten statement.
var unknownColumns = []column{{}}

func (c column) is(name string) bool { return c.name != "" && strings.EqualFold(c.name, name) }

// fields returns the fields of a column that is a STRUCT.
func (c column) fields() []column {
	var list []column
	for _, f := range structFields(c.typ) {
		list = append(list, column{name: f.name, typ: f.typ, path: append(slices.Clone(c.path), f.name)})
	}
	return list
}

// columnsOf returns the columns of a FROM clause, a part of one, or a query, in the order of GoogleSQL's *.
func (ns *names) columnsOf(n *node) []column {
	if n == nil {
		return nil
	}
	if found, ok := ns.columns[n]; ok {
		return found
	}
	found := unknownColumns
	switch n.Kind {
	case "FromClause", "ParenthesizedJoin":
		found = ns.columnsOf(n.Children[0])
	case "Join":
		found = ns.joined(n)
	case "TableSubquery":
		found = inTable(tableAlias(n), ns.columnsOf(n.Child("Query")))
	case "TablePathExpression":
		found = ns.tableColumns(n)
	case "Query", "SetOperation": // the first query of a SetOperation names its columns
		for _, c := range n.Children {
			if c.Kind == "Query" || c.Kind == "Select" || c.Kind == "SetOperation" {
				found = ns.columnsOf(c)
				break
			}
		}
	case "Select":
		found = nil
		for _, c := range n.Child("SelectList").Children {
			if e := c.Children[0]; isStar(e) {
				found = append(found, ns.starColumns(e)...)
			} else {
				found = append(found, column{name: outputName(c), typ: ns.facts.types[e.Range]})
			}
		}
	}
	ns.columns[n] = found
	return found
}

// inTable returns the columns of a query as those of a table, which may have no name.
func inTable(table string, columns []column) []column {
	list := make([]column, len(columns))
	for i, c := range columns {
		list[i] = column{name: c.name, typ: c.typ, path: []string{c.name}}
		if table != "" {
			list[i].path = []string{table, c.name}
		}
	}
	return list
}

// tableAlias returns the name of a table in FROM, empty when it has none.
func tableAlias(n *node) string {
	if alias := n.Child("Alias"); alias != nil {
		return alias.Children[0].Value
	}
	if path := n.Child("PathExpression"); path != nil {
		last := path.Children[len(path.Children)-1].Value
		return last[strings.LastIndex(last, ".")+1:] // `dataset.table` is one identifier
	}
	return ""
}

// joined puts the columns of USING first. Each is that of the left side, or of the right side of a RIGHT JOIN.
func (ns *names) joined(n *node) []column {
	tables := slices.DeleteFunc(slices.Clone(n.Children), func(c *node) bool { return !isTable(c) })
	if len(tables) != 2 {
		return unknownColumns
	}
	left, right := slices.Clone(ns.columnsOf(tables[0])), slices.Clone(ns.columnsOf(tables[1]))
	using := n.Child("UsingClause")
	if using == nil {
		return append(left, right...)
	}
	var merged []column
	for _, key := range using.Children {
		isKey := func(c column) bool { return c.is(key.Value) }
		l, r := slices.IndexFunc(left, isKey), slices.IndexFunc(right, isKey)
		if l < 0 || r < 0 {
			return unknownColumns
		}
		m := left[l]
		switch ns.joinKind(n) {
		case "FULL":
			m.path, m.sides = []string{m.name}, []column{left[l], right[r]}
		case "RIGHT":
			m = right[r]
		}
		m.name = key.Value
		merged = append(merged, m)
		left, right = slices.Delete(left, l, l+1), slices.Delete(right, r, r+1)
	}
	return slices.Concat(merged, left, right)
}

func isTable(n *node) bool {
	return slices.Contains([]string{"TablePathExpression", "TableSubquery", "Join", "ParenthesizedJoin"}, n.Kind)
}

// joinKind returns the first word of a join, such as LEFT or JOIN, or a comma.
func (ns *names) joinKind(n *node) string {
	location := n.Child("Location")
	return strings.ToUpper(strings.Fields(ns.sql[location.Start:location.End])[0])
}

// tableColumns returns the columns of a table of the catalog, of a query in WITH, or of an array.
func (ns *names) tableColumns(n *node) []column {
	alias := tableAlias(n)
	if typ, ok := ns.array(n); ok {
		element, _ := elementOf(typ)
		table := cmp.Or(alias, unnamedElement)
		columns := []column{{name: alias, typ: element, path: []string{table, table}, element: true}}
		if offset := n.Child("WithOffset"); offset != nil {
			name := offsetName(offset)
			columns = append(columns, column{name: name, path: []string{table, name}, element: true})
		}
		return columns
	}
	path := n.Child("PathExpression")
	if t, ok := ns.facts.tables[path.Range]; ok {
		columns := make([]column, len(t.columns))
		for i, name := range t.columns {
			columns[i].name = name
		}
		return inTable(alias, columns)
	}
	if query := ns.withQuery(path); query != nil {
		return inTable(alias, ns.columnsOf(query))
	}
	return unknownColumns
}

// array returns the type of the array that a part of FROM is. ok is false for anything else.
func (ns *names) array(n *node) (typ string, ok bool) {
	if n.Kind != "TablePathExpression" {
		return "", false
	}
	if unnest := n.Child("UnnestExpression"); unnest != nil {
		return ns.facts.types[unnest.Children[0].Children[0].Range], true
	}
	typ = ns.facts.types[n.Child("PathExpression").Range]
	return typ, strings.HasPrefix(typ, "ARRAY<")
}

// offsetName returns the name of the column with the places in the array.
func offsetName(offset *node) string {
	if alias := offset.Child("Alias"); alias != nil {
		return alias.Children[0].Value
	}
	return "offset"
}

// withQuery returns the query in WITH that a path in FROM names, nil when there is none. A query sees those
// before it and those of the queries around it.
func (ns *names) withQuery(path *node) *node {
	if len(path.Children) > 1 {
		return nil
	}
	for n := path.Parent; n != nil; n = n.Parent {
		with := n.Child("WithClause")
		if with == nil {
			continue
		}
		for _, entry := range slices.Backward(with.Children) {
			if query := entry.Child("AliasedQuery"); query != nil && entry.End <= path.Start &&
				strings.EqualFold(query.Children[0].Value, path.Children[0].Value) {
				return query.Child("Query")
			}
		}
	}
	return nil
}

// starColumns returns the columns that a star of a SELECT list stands for.
func (ns *names) starColumns(star *node) []column {
	from := fromOf(star)
	var columns []column
	if strings.HasPrefix(star.Kind, "Dot") {
		columns = slices.Clone(ns.dotStarColumns(star.Children[0], from))
	} else {
		for _, c := range ns.columnsOf(from) {
			if c.element && isStruct(c.typ) {
				columns = append(columns, c.fields()...)
			} else {
				columns = append(columns, c)
			}
		}
	}
	if modifiers := star.Child("StarModifiers"); modifiers != nil {
		if except := modifiers.Child("StarExceptList"); except != nil {
			columns = slices.DeleteFunc(columns, func(c column) bool {
				return slices.ContainsFunc(except.Children, func(n *node) bool { return c.is(n.Value) })
			})
		}
	}
	return columns
}

// fromOf returns the FROM clause of a star of a SELECT list.
func fromOf(star *node) *node { return star.Parent.Parent.Parent.Child("FromClause") }

// mustList reports whether a star would have other columns in DuckDB, or in another order.
func (ns *names) mustList(star *node) bool {
	from := fromOf(star)
	if !strings.HasPrefix(star.Kind, "Dot") {
		return hasUsing(from) || slices.ContainsFunc(ns.columnsOf(from), func(c column) bool {
			return c.element && isStruct(c.typ)
		})
	}
	base := star.Children[0]
	if !isPath(base) || len(base.Children) > 1 {
		return true // a STRUCT
	}
	table := tableNamed(from, base.Children[0].Value)
	if table == nil {
		return true
	}
	_, ok := ns.array(table)
	return ok
}

// hasUsing reports whether a FROM clause joins with USING.
func hasUsing(from *node) bool {
	return from != nil && (from.Child("UsingClause") != nil || slices.ContainsFunc(from.Children, func(c *node) bool {
		return (c.Kind == "Join" || c.Kind == "ParenthesizedJoin") && hasUsing(c)
	}))
}

// dotStarColumns returns the columns of a table of FROM, or the fields of a STRUCT.
func (ns *names) dotStarColumns(base, from *node) []column {
	if !isPath(base) {
		fields := column{typ: ns.facts.types[base.Range]}.fields()
		for i := range fields {
			fields[i].path = nil // the expression has no name
		}
		return fields
	}
	path := base.Path()
	if table := tableNamed(from, path[0]); table != nil {
		columns := ns.columnsOf(table)
		if _, ok := ns.array(table); !ok && len(path) == 1 {
			return columns
		} else if !ok {
			path = path[1:]
		}
		return fieldsAt(columns, path)
	}
	return fieldsAt(ns.columnsOf(from), path)
}

// countNamed counts the columns of a FROM clause, or of a table in it, that have a name.
func (ns *names) countNamed(from *node, name string) int {
	n := 0
	for _, c := range ns.columnsOf(from) {
		if c.is(name) {
			n++
		}
	}
	return n
}

// twice returns the name of a column that a table in a FROM clause has twice, empty when there is none. DuckDB gives the
// second another name.
func (ns *names) twice(from *node) string {
	for _, table := range tablesIn(from) {
		for _, c := range ns.columnsOf(table) {
			if c.name != "" && ns.countNamed(table, c.name) > 1 {
				return c.name
			}
		}
	}
	return ""
}

// fieldsAt returns the fields of the STRUCT that a path of a column and its fields names.
func fieldsAt(columns []column, path []string) []column {
	for _, name := range path {
		i := slices.IndexFunc(columns, func(c column) bool { return c.is(name) })
		if i < 0 {
			return nil
		}
		columns = columns[i].fields()
	}
	return columns
}

// tableNamed returns the table of a FROM clause that has a name, nil when there is none.
func tableNamed(from *node, name string) *node {
	for _, table := range tablesIn(from) {
		if strings.EqualFold(tableAlias(table), name) {
			return table
		}
	}
	return nil
}

// tablesIn returns the tables, subqueries and arrays of a FROM clause.
func tablesIn(from *node) (list []*node) {
	if from == nil {
		return nil
	}
	for _, c := range from.Children {
		switch {
		case strings.HasPrefix(c.Kind, "Table"):
			list = append(list, c)
		case isTable(c):
			list = append(list, tablesIn(c)...)
		}
	}
	return list
}
