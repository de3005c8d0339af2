package duckdb

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// names holds the names whose meaning depends on the order in which a dialect resolves them. In GROUP BY,
// HAVING, QUALIFY and the expressions of ORDER BY, GoogleSQL resolves a name to a column of the SELECT list
// first, DuckDB to a column of the tables in FROM.
type names struct {
	queries  map[string]*node // of WITH, by lower-case name
	ordinals map[*node]int    // names in GROUP BY to be written as places in the SELECT list
	clashes  map[*node]string // names that would change their meaning, with the reason to refuse them
	stars    map[*node]string // stars that would have other columns, likewise
}

func namesOf(root *node, known facts) names {
	ns := names{
		queries: map[string]*node{}, ordinals: map[*node]int{},
		clashes: map[*node]string{}, stars: map[*node]string{},
	}
	root.Walk(func(n *node) {
		if n.Kind == "AliasedQuery" {
			ns.queries[strings.ToLower(n.Children[0].Value)] = n.Child("Query")
		}
	})
	root.Walk(func(n *node) {
		if n.Kind == "Select" {
			ns.look(n, known)
		}
	})
	return ns
}

// look finds the names in one SELECT, and in its ORDER BY, that are both an output column and a column of
// FROM.
func (ns names) look(sel *node, known facts) {
	list := sel.Child("SelectList")
	from := sel.Child("FromClause")
	if list == nil || from == nil {
		return
	}
	columns := ns.columns(from, known, 0)
	outputs, hidden := map[string]*node{}, map[string]*node{}
	places := map[string]int{}
	for i, c := range list.Children {
		if isStar(c.Children[0]) {
			ns.stars[c.Children[0]] = known.starReason(c.Children[0], from)
			continue
		}
		name := strings.ToLower(outputName(c))
		switch {
		case name == "" || singleName(c.Children[0]) == name:
		case columns[name]:
			outputs[name], places[name] = c, i+1
		default:
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
		ns.inGroupBy(group, places, starred)
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
			}
		}
	}
}

func (ns names) inGroupBy(group *node, places map[string]int, starred bool) {
	group.Walk(func(n *node) {
		place, ok := places[singleName(n)]
		switch {
		case !ok:
		case n.Parent.Kind == "GroupingItem" && !starred:
			ns.ordinals[n] = place
		default:
			ns.clashes[n] = bothReason
		}
	})
}

const bothReason = "is a column of FROM and of the SELECT list; rename the latter"

// refuseIn refuses some names in a clause, except in subqueries, which have names of their own.
func (ns names) refuseIn(clause *node, refused map[string]*node, reason string) {
	if clause.Kind == "Query" || clause.Kind == "TablePathExpression" && clause.Child("PathExpression") != nil {
		return
	}
	isFunction := clause.Parent.Kind == "FunctionCall" && clause.Parent.Children[0] == clause
	if refused[singleName(clause)] != nil && !isFunction {
		ns.clashes[clause] = reason
	}
	for _, c := range clause.Children {
		ns.refuseIn(c, refused, reason)
	}
}

// columns returns the lower-case names of the columns of a FROM clause or a part of one.
func (ns names) columns(n *node, known facts, depth int) map[string]bool {
	found := map[string]bool{}
	add := func(n *node) { maps.Copy(found, ns.columns(n, known, depth+1)) }
	const deepest = 50 // of queries in WITH that name each other
	if depth > deepest {
		return found
	}
	switch n.Kind {
	case "TablePathExpression":
		path := n.Child("PathExpression")
		if path == nil { // UNNEST: one alias is the element, another the place in the array
			n.Walk(func(n *node) {
				if n.Kind == "Alias" {
					found[strings.ToLower(n.Children[0].Value)] = true
				}
			})
			break
		}
		if t, ok := known.tables[path.Range]; ok {
			for _, name := range t.columns {
				found[strings.ToLower(name)] = true
			}
		} else if query := ns.queries[strings.ToLower(path.Children[0].Value)]; query != nil {
			add(query)
		}
	case "Select":
		for _, c := range n.Child("SelectList").Children {
			if isStar(c.Children[0]) {
				if from := n.Child("FromClause"); from != nil {
					add(from)
				}
			} else if name := outputName(c); name != "" {
				found[strings.ToLower(name)] = true
			}
		}
	case "WithClause", "OnClause", "UsingClause", "OrderBy":
	default:
		for _, c := range n.Children {
			add(c)
		}
	}
	return found
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

// starReason returns why a star over from would have other columns in DuckDB, or in another order; "" if it
// would not.
func (f facts) starReason(star, from *node) string {
	reason := ""
	from.Walk(func(n *node) {
		switch n.Kind {
		case "UsingClause":
			reason = "over a join with USING, the dialects order the columns differently; list them"
		case "UnnestExpression":
			element, _ := elementOf(f.types[n.Children[0].Children[0].Range])
			alias := n.Parent.Child("Alias")
			dotted := strings.HasPrefix(star.Kind, "Dot")
			ofElement := dotted && alias != nil &&
				singleName(star.Children[0]) == strings.ToLower(alias.Children[0].Value)
			if strings.HasPrefix(element, "STRUCT") && (ofElement || !dotted) {
				reason = "of an array's STRUCTs gives a column for each field; list them"
			}
		}
	})
	return reason
}

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
