package propose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql/syntax"
	"example.com/rollcall/scripts/internal/viewaudit/resolve"
	"example.com/rollcall/shared/partition"
)

// A view is looked at on the morning after the day that its model's partition holds: CURRENT_DATE is @partition_end then.

// clocks are the calls that depend on when the query is run.
func clocks(tree *syntax.Node) (calls []*syntax.Node) {
	tree.All(func(n *syntax.Node) {
		if n.Kind == "FunctionCall" {
			if _, ok := now[functionOf(n)]; ok {
				calls = append(calls, n)
			}
		}
	})
	return calls
}

var now = map[string]string{
	"CURRENT_DATE": "@partition_end", "CURRENT_TIMESTAMP": "TIMESTAMP(@partition_end)",
	"CURRENT_DATETIME": "DATETIME(@partition_end)",
}

func functionOf(n *syntax.Node) string {
	if path := n.Child("PathExpression"); n.Kind == "FunctionCall" && path != nil {
		return strings.ToUpper(strings.Join(path.Path(), "."))
	}
	return ""
}

// clock puts the partition's end in the place of a call.
func (e *editor) clock(t *textOf, n *syntax.Node) {
	v := t.view
	if slices.ContainsFunc(t.edits, func(e edit) bool { return e.start <= n.Start && n.End <= e.end }) {
		return
	}
	for at := n; at.Parent != nil; at = at.Parent {
		if s := selectOf(at); s != nil && t.wheres[s] != nil && t.wheres[s].drop[at] {
			return // goes with its term
		}
	}
	instead := now[functionOf(n)]
	zone := ""
	if len(n.Children) > 1 {
		zone = "; its time zone is left out, as partitions are UTC dates"
	}
	if days, ok := daysOf(n.Parent); ok && days == -1 && e.model.Grain == partition.Daily {
		e.model.note(v, v.At(n.Start), zone != "", "%s is @partition_date in the model%s", t.view.SQL[n.Parent.Start:n.Parent.End], zone)
		t.replace(n.Parent.Start, n.Parent.End, "@partition_date")
		return
	}
	e.model.note(v, v.At(n.Start), zone != "", "%s is %s in the model: the morning after the partition%s",
		v.SQL[n.Start:n.End], instead, zone)
	t.replace(n.Start, n.End, instead)
}

// daysOf is how many days from CURRENT_DATE a date is; false when it is no such date.
func daysOf(n *syntax.Node) (days int, ok bool) {
	if n == nil {
		return 0, false
	}
	switch name := functionOf(n); {
	case name == "CURRENT_DATE":
		return 0, true
	case (name == "DATE_SUB" || name == "DATE_ADD") && len(n.Children) == 3:
		base, ok := daysOf(n.Children[1])
		interval := n.Children[2]
		if !ok || interval.Kind != "IntervalExpr" || len(interval.Children) != 2 || !strings.EqualFold(interval.Children[1].Value, "DAY") {
			return 0, false
		}
		count, ok := number(interval.Children[0])
		if name == "DATE_SUB" {
			count = -count
		}
		return base + count, ok
	case n.Kind == "BinaryExpression" && len(n.Children) >= 2:
		base, ok := daysOf(n.Children[0])
		count, isNumber := number(n.Children[len(n.Children)-1])
		if n.Value == "-" {
			count = -count
		}
		return base + count, ok && isNumber && (n.Value == "-" || n.Value == "+")
	}
	return 0, false
}

func number(n *syntax.Node) (int, bool) {
	i, err := strconv.Atoi(n.Value)
	return i, n.Kind == "IntLiteral" && err == nil
}

// term is a condition that compares a table's date with days from CURRENT_DATE.
type term struct {
	node   *syntax.Node
	by     string
	text   string
	low    *int // the first day that it allows, in days from the current one
	high   *int // the last
	bounds []*syntax.Node
}

// terms are those of the WHERE of the SELECT that reads a table, of the table's partition date.
func (e *editor) terms(t *textOf, in resolve.Read) (terms []term) {
	n := in.Path.Parent
	single := n.Parent.Kind == "FromClause"
	for n != nil && n.Kind != "Select" {
		n = n.Parent
	}
	if n == nil || n.Child("WhereClause") == nil {
		return nil
	}
	for _, node := range conjuncts(n.Child("WhereClause").Children[0]) {
		found := term{node: node, by: in.Table.PartitionBy, text: t.view.SQL[node.Start:node.End]}
		if found.read(in, single) {
			terms = append(terms, found)
		}
	}
	return terms
}

// read takes in what the condition says; false when it says nothing of the table's date.
func (c *term) read(in resolve.Read, single bool) bool {
	n := c.node
	isDate := func(n *syntax.Node) bool {
		path := n.Path()
		if n.Kind != "PathExpression" || len(path) == 0 || !strings.EqualFold(path[len(path)-1], in.Table.PartitionBy) {
			return false
		}
		return len(path) == 1 && single || len(path) == 2 && strings.EqualFold(path[0], resolve.Alias(in.Path.Parent))
	}
	var parts []*syntax.Node
	for _, child := range n.Children {
		if child.Kind != "Location" {
			parts = append(parts, child)
		}
	}
	switch {
	case n.Kind == "BetweenExpression" && len(parts) == 3 && isDate(parts[0]) && n.Value != "NOT":
		low, ok := daysOf(parts[1])
		high, also := daysOf(parts[2])
		c.low, c.high, c.bounds = &low, &high, parts[1:]
		return ok && also
	case n.Kind != "BinaryExpression" || len(parts) != 2:
		return false
	}
	operator := n.Value
	date, bound := parts[0], parts[1]
	if isDate(bound) {
		date, bound = bound, date
		operator = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[operator]
	}
	days, ok := daysOf(bound)
	if !ok || !isDate(date) {
		return false
	}
	after, before := days+1, days-1
	c.bounds = []*syntax.Node{bound}
	switch operator {
	case ">=":
		c.low = &days
	case ">":
		c.low = &after
	case "<=":
		c.high = &days
	case "<":
		c.high = &before
	case "=":
		c.low, c.high = &days, &days
	default:
		return false
	}
	return true
}

// yesterday is the day that a view looked at in the morning after it can see whole.
const yesterday = -1

// drop takes out the terms of a table that is read in its partition alone: whoever reads the model chooses the days.
func (e *editor) drop(t *textOf, in resolve.Read, terms []term, exact bool) {
	for _, c := range terms {
		if !exact {
			e.today(t, c)
			continue
		}
		t.where(selectOf(c.node)).drop[c.node] = true
		allows := (c.low == nil || *c.low <= yesterday) && (c.high == nil || *c.high >= yesterday)
		if !allows {
			e.model.note(t.view, t.view.At(c.node.Start), true, "%s asked for a day that was not over; the model holds every %s when it is",
				c.text, unit(e.model.Grain))
			continue
		}
		text := fmt.Sprintf("%s is %s in the model", c.text, e.bound(in.Table.PartitionBy, in.Table.Grain, true))
		if e.model.Incremental() {
			text += fmt.Sprintf(": it keeps every %s, and whoever reads it chooses", unit(e.model.Grain))
			if e.model.Grain == partition.Daily {
				e.model.window = append(e.model.window, window{c.low, c.high})
			}
		}
		e.model.note(t.view, t.view.At(c.node.Start), e.model.Grain == partition.Monthly, "%s", text)
	}
}

// window is a range of days, counted from the current one; nil: no bound.
type window struct{ low, high *int }

// conditions are those that a date lies in each of the windows, where today is a name for the current day.
func conditions(windows []window, by, today string) (conds []string) {
	add := func(operator string, days int) {
		bound := today
		if days < 0 {
			bound = fmt.Sprintf("DATE_SUB(%s, INTERVAL %d DAY)", today, -days)
		} else if days > 0 {
			bound = fmt.Sprintf("DATE_ADD(%s, INTERVAL %d DAY)", today, days)
		}
		if cond := by + operator + bound; !slices.Contains(conds, cond) {
			conds = append(conds, cond)
		}
	}
	for _, w := range windows {
		if w.low != nil {
			add(" >= ", *w.low)
		}
		if w.high != nil {
			add(" <= ", *w.high)
		}
	}
	return conds
}

// today makes date = CURRENT_DATE(), of a table that is read up to the partition's end, the partition's day.
func (e *editor) today(t *textOf, c term) {
	if c.low == nil || c.high == nil || *c.low != 0 || *c.high != 0 || len(c.bounds) != 1 {
		return
	}
	e.model.note(t.view, t.view.At(c.node.Start), true, "%s asked for the day under way; the model asks for the partition's, which is over",
		c.text)
	t.replace(c.bounds[0].Start, c.bounds[0].End, "@partition_date")
}

// bounded reports whether terms end before the day under way does, so that no other bound is needed.
func bounded(terms []term, exact bool) bool {
	return !exact && slices.ContainsFunc(terms, func(c term) bool { return c.high != nil && *c.high <= yesterday })
}
