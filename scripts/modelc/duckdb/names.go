package duckdb

import (
	"regexp"
	"slices"
	"strings"
)

// names holds the names whose meaning depends on the order in which a dialect resolves them.
//
// In GROUP BY, HAVING, QUALIFY and the expressions of ORDER BY, GoogleSQL resolves a name to a column of the
// SELECT list first, DuckDB to a column of the tables in FROM. An array's element is a table of FROM in
// GoogleSQL, whose name hides the columns of that name, and a column beside them in DuckDB.
type names struct {
	sql      string
	facts    facts
	columns  map[*node][]column // what columnsOf returned
	ordinals map[*node]int      // names in GROUP BY to be written as places in the SELECT list
	grouped  map[*node]*node    // names in GROUP BY, to be written as the same name in the SELECT list
	elements map[*node]string   // the table of names that begin with an array's element or its place
	clashes  map[*node]string   // names that would change their meaning, with the reason to refuse them
}

func namesOf(sql string, root *node, known facts) *names {
	ns := &names{
		sql: sql, facts: known, columns: map[*node][]column{}, ordinals: map[*node]int{}, grouped: map[*node]*node{},
		elements: map[*node]string{}, clashes: map[*node]string{},
	}
	root.Walk(func(n *node) {
		if n.Kind == "Select" {
			ns.look(n)
			ns.markElements(n)
		}
	})
	return ns
}

// look finds the names in one SELECT, and in its ORDER BY, that are both an output column and a column or
// table of FROM.
func (ns *names) look(sel *node) {
	list := sel.Child("SelectList")
	from := sel.Child("FromClause")
	if list == nil || from == nil {
		return
	}
	columns := map[string]bool{}
	for _, c := range ns.columnsOf(from) {
		columns[strings.ToLower(c.name)] = true
	}
	outputs, rows, hidden := map[string]*node{}, map[string]*node{}, map[string]*node{}
	places, plain := map[string]int{}, map[string]*node{}
	for i, c := range list.Children {
		if isStar(c.Children[0]) {
			continue
		}
		name := strings.ToLower(outputName(c))
		switch {
		case name == "":
		case singleName(c.Children[0]) == name:
			plain[name] = c.Children[0]
		case columns[name]:
			outputs[name], places[name] = c, i+1
		default:
			if tableNamed(from, name) != nil { // DuckDB would take it for the table's row
				rows[name], places[name] = c, i+1
			}
			hidden[name] = c
		}
	}
	for _, clause := range []*node{list, from, sel.Child("WhereClause")} { // GoogleSQL knows no output columns here
		if clause != nil {
			ns.refuseIn(clause, hidden,
				"is a column of an outer query and of this SELECT list; put its table's name before it")
		}
	}
	if group := sel.Child("GroupBy"); group != nil {
		starred := slices.ContainsFunc(list.Children, func(c *node) bool { return isStar(c.Children[0]) })
		ns.inGroupBy(group, places, plain, starred)
	}
	for _, clause := range []*node{sel.Child("Having"), sel.Child("Qualify")} {
		if clause != nil {
			ns.refuseIn(clause, outputs, bothReason)
		}
	}
	if order := sel.Parent.Child("OrderBy"); order != nil && sel.Parent.Kind == "Query" {
		for _, item := range order.Children {
			if !isPath(item.Children[0]) { // alone, a name is the output column in both dialects
				ns.refuseIn(item, outputs, bothReason)
				ns.refuseIn(item, rows, "is a table of FROM and a column of the SELECT list; rename the latter")
			}
		}
	}
}

func (ns *names) inGroupBy(group *node, places map[string]int, plain map[string]*node, starred bool) {
	group.Walk(func(n *node) {
		name := singleName(n)
		place, ok := places[name]
		switch {
		case ok && n.Parent.Kind == "GroupingItem" && !starred:
			ns.ordinals[n] = place
		case ok:
			ns.clashes[n] = bothReason
		case plain[name] != nil:
			ns.grouped[n] = plain[name]
		}
	})
}

const bothReason = "is a column of FROM and of the SELECT list; rename the latter"

// refuseIn refuses some names in a clause, except in subqueries, which have names of their own.
func (ns *names) refuseIn(clause *node, refused map[string]*node, reason string) {
	if clause.Kind == "Query" || clause.Kind == "TablePathExpression" && clause.Child("PathExpression") != nil {
		return
	}
	if _, isRow := ns.facts.rows[clause.Range]; refused[singleName(clause)] != nil && !isFunctionName(clause) && !isRow {
		ns.clashes[clause] = reason
	}
	for _, c := range clause.Children {
		ns.refuseIn(c, refused, reason)
	}
}

func isFunctionName(n *node) bool {
	return n.Parent.Kind == "FunctionCall" && n.Parent.Children[0] == n
}

// markElements finds the names in one SELECT, and in its ORDER BY, that mean an array's element, or its place, in
// GoogleSQL, and another column, or several, in DuckDB.
func (ns *names) markElements(sel *node) {
	from := sel.Child("FromClause")
	for _, c := range ns.columnsOf(from) {
		field := slices.ContainsFunc(c.fields(), func(f column) bool { return f.is(c.name) })
		if !c.element || c.name == "" || !field && ns.countNamed(from, c.name) == 1 {
			continue
		}
		ns.markElement(sel, sel, c)
		if order := sel.Parent.Child("OrderBy"); order != nil && sel.Parent.Kind == "Query" {
			for _, item := range order.Children {
				if !isPath(item.Children[0]) {
					ns.markElement(item, sel, c)
				}
			}
		}
	}
}

// markElement marks the names in n that mean a column of an array in sel's FROM. There, only what follows the array
// knows its names. In a subquery, a table or column may hide them.
func (ns *names) markElement(n, sel *node, c column) {
	from := sel.Child("FromClause")
	array := tableNamed(from, c.path[0])
	switch {
	case n.Kind == "Select" && n != sel && ns.declares(n, c.name):
		return
	case array != nil && (n == array || n.Start >= from.Start && n.End <= array.Start):
		return
	case isPath(n) && strings.EqualFold(n.Children[0].Value, c.name) && !isFunctionName(n):
		ns.elements[n] = c.path[0]
	}
	for _, child := range n.Children {
		ns.markElement(child, sel, c)
	}
}

// declares reports whether the FROM clause of a SELECT gives a name to a table or column.
func (ns *names) declares(sel *node, name string) bool {
	from := sel.Child("FromClause")
	return tableNamed(from, name) != nil ||
		slices.ContainsFunc(ns.columnsOf(from), func(c column) bool { return c.is(name) })
}

// outputName returns the name of a column of a SELECT list or of a field of a STRUCT: its alias, or its
// path's last name.
func outputName(n *node) string {
	if alias := n.Child("Alias"); alias != nil {
		return alias.Children[0].Value
	}
	if path := n.Children[0]; isPath(path) || path.Kind == "DotIdentifier" {
		return path.Children[len(path.Children)-1].Value
	}
	return ""
}

func isPath(n *node) bool { return n.Kind == "PathExpression" }

// singleName returns a path's only name in lower case, or "" when there are several.
func singleName(n *node) string {
	if isPath(n) && len(n.Children) == 1 {
		return strings.ToLower(n.Children[0].Value)
	}
	return ""
}

func isStar(n *node) bool { return strings.Contains(n.Kind, "Star") }

// reserved lists the words that DuckDB accepts as a name only in quotes, at least in some places: all of
// duckdb_keywords() that are not unreserved.
var reserved = strings.Fields(`
	all analyse analyze and any anti array as asc asof asymmetric at authorization between bigint binary bit
	boolean both by case cast char character check coalesce collate collation column columns concurrently
	constraint create cross dec decimal default deferrable desc describe distinct do else end except exists
	extract false fetch float for foreign freeze from full generated glob group grouping grouping_id having
	ilike in initially inner inout int integer intersect interval into is isnull join lambda lateral leading
	left like limit map national natural nchar none not notnull null nullif numeric offset on only or order
	out outer overlaps overlay pivot pivot_longer pivot_wider placing position positional precision primary
	qualify real references returning right row select semi setof show similar smallint some struct
	substring summarize symmetric table tablesample then time timestamp to trailing treat trim true try_cast
	union unique unpack unpivot using values varchar variadic verbose when where window with xmlattributes
	xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`)

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// quoteName returns a name for DuckDB, in double quotes when necessary.
func quoteName(name string) string {
	if plainName.MatchString(name) && !slices.Contains(reserved, strings.ToLower(name)) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
