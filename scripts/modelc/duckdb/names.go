package duckdb

import "strings"

// names are what the statement's names mean where the dialects look for them in another order. In GROUP BY, HAVING,
// QUALIFY and the expressions of ORDER BY, GoogleSQL takes a name for a column of the SELECT list first, DuckDB for one of
// the tables in FROM.
type names struct {
	queries  map[string]*node // of WITH, by name in lower case
	ordinals map[*node]int    // names in GROUP BY that are written as places in the SELECT list
	clashes  map[*node]string // names that would mean something else, and why they are refused
	stars    map[*node]string // stars that would have other columns, and why they are refused
}

func namesOf(root *node, known facts) names {
	ns := names{
		queries: map[string]*node{}, ordinals: map[*node]int{}, clashes: map[*node]string{}, stars: map[*node]string{},
	}
	root.all(func(n *node) {
		if n.kind == "AliasedQuery" {
			ns.queries[strings.ToLower(n.children[0].value)] = n.child("Query")
		}
	})
	root.all(func(n *node) {
		if n.kind == "Select" {
			ns.look(n, known)
		}
	})
	return ns
}

// look finds the names in one SELECT, and in the ORDER BY behind it, that are both an output column and a column of FROM.
func (ns names) look(sel *node, known facts) {
	list := sel.child("SelectList")
	from := sel.child("FromClause")
	if list == nil || from == nil {
		return
	}
	columns := ns.columns(from, known, 0)
	outputs, hidden := map[string]*node{}, map[string]*node{}
	places := map[string]int{}
	for i, c := range list.children {
		if isStar(c.children[0]) {
			ns.stars[c.children[0]] = known.starReason(c.children[0], from)
			continue
		}
		name := strings.ToLower(outputName(c))
		switch {
		case name == "" || isName(c.children[0], name):
		case columns[name]:
			outputs[name], places[name] = c, i+1
		default:
			hidden[name] = c
		}
	}
	for _, clause := range []*node{list, from, sel.child("WhereClause")} { // where GoogleSQL knows no output columns
		if clause != nil {
			ns.refuseIn(clause, hidden, "is a column of an outer query and of this SELECT list; put its table before it")
		}
	}
	starred := len(list.children) > 0 && hasStar(list)
	if group := sel.child("GroupBy"); group != nil {
		ns.inGroupBy(group, places, starred)
	}
	for _, clause := range []*node{sel.child("Having"), sel.child("Qualify")} {
		if clause != nil {
			ns.refuseIn(clause, outputs, bothReason)
		}
	}
	if order := sel.parent.child("OrderBy"); order != nil && sel.parent.kind == "Query" {
		for _, item := range order.children {
			if !isPath(item.children[0]) { // alone, a name is the output column in both dialects
				ns.refuseIn(item, outputs, bothReason)
			}
		}
	}
}

func (ns names) inGroupBy(group *node, places map[string]int, starred bool) {
	group.all(func(n *node) {
		place, ok := places[singleName(n)]
		switch {
		case !ok:
		case n.parent.kind == "GroupingItem" && !starred:
			ns.ordinals[n] = place
		default:
			ns.clashes[n] = bothReason
		}
	})
}

const bothReason = "is a column of FROM and of the SELECT list; give the latter another name"

// refuseIn refuses some names in a clause, less those in subqueries, which have their own.
func (ns names) refuseIn(clause *node, refused map[string]*node, reason string) {
	if clause.kind == "Query" || clause.kind == "TablePathExpression" && clause.child("PathExpression") != nil {
		return
	}
	isFunction := clause.parent.kind == "FunctionCall" && clause.parent.children[0] == clause
	if refused[singleName(clause)] != nil && !isFunction {
		ns.clashes[clause] = reason
	}
	for _, c := range clause.children {
		ns.refuseIn(c, refused, reason)
	}
}

// columns are the names of the columns that a FROM clause, or a part of one, offers.
func (ns names) columns(n *node, known facts, depth int) map[string]bool {
	found := map[string]bool{}
	add := func(more map[string]bool) {
		for name := range more {
			found[name] = true
		}
	}
	const deepest = 50 // queries in WITH that name one another; more are beyond anyone's models
	if depth > deepest {
		return found
	}
	switch n.kind {
	case "TablePathExpression":
		path := n.child("PathExpression")
		if path == nil { // UNNEST: the alias is the element, and another the place in the array
			n.all(func(n *node) {
				if n.kind == "Alias" {
					found[strings.ToLower(n.children[0].value)] = true
				}
			})
			break
		}
		if t, ok := known.tables[path.span]; ok {
			for _, name := range t.columns {
				found[strings.ToLower(name)] = true
			}
		} else if query := ns.queries[strings.ToLower(path.children[0].value)]; query != nil {
			add(ns.columns(query, known, depth+1))
		}
	case "Select":
		list := n.child("SelectList")
		for _, c := range list.children {
			if isStar(c.children[0]) {
				if from := n.child("FromClause"); from != nil {
					add(ns.columns(from, known, depth+1))
				}
			} else if name := outputName(c); name != "" {
				found[strings.ToLower(name)] = true
			}
		}
	case "WithClause", "OnClause", "UsingClause", "OrderBy":
	default:
		for _, c := range n.children {
			add(ns.columns(c, known, depth+1))
		}
	}
	return found
}

// outputName is the name of a column of a SELECT list, or of a field of a STRUCT: its alias, or its path's last name.
func outputName(n *node) string {
	if alias := n.child("Alias"); alias != nil {
		return alias.children[0].value
	}
	if path := n.children[0]; isPath(path) || path.kind == "DotIdentifier" {
		return path.children[len(path.children)-1].value
	}
	return ""
}

func isPath(n *node) bool { return n.kind == "PathExpression" }

// singleName is a path's only name in lower case, or nothing.
func singleName(n *node) string {
	if isPath(n) && len(n.children) == 1 {
		return strings.ToLower(n.children[0].value)
	}
	return ""
}

func isName(n *node, name string) bool { return singleName(n) == name }

func isStar(n *node) bool { return strings.Contains(n.kind, "Star") }

func hasStar(list *node) bool {
	for _, c := range list.children {
		if isStar(c.children[0]) {
			return true
		}
	}
	return false
}

// starReason is why a star over from would have other columns in DuckDB, or in another order; empty if it would not.
func (f facts) starReason(star, from *node) string {
	reason := ""
	from.all(func(n *node) {
		switch n.kind {
		case "UsingClause":
			reason = "over a join with USING the dialects order the columns differently; name them"
		case "UnnestExpression":
			element, _ := elementOf(f.types[n.children[0].children[0].span])
			alias := n.parent.child("Alias")
			ofElement := alias != nil && strings.HasPrefix(star.kind, "Dot") && isName(star.children[0], strings.ToLower(alias.children[0].value))
			if strings.HasPrefix(element, "STRUCT") && (ofElement || !strings.HasPrefix(star.kind, "Dot")) {
				reason = "of an array's STRUCTs is a column for each field; name them"
			}
		}
	})
	return reason
}
