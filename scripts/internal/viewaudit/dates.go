package viewaudit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// A view is read on the morning after the day that the model's partition holds. At that time, CURRENT_DATE is
// @partition_end.

// clocks returns the calls that depend on when the query runs.
func clocks(tree *googlesql.Node) (calls []*googlesql.Node) {
	tree.Walk(func(n *googlesql.Node) {
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

func functionOf(n *googlesql.Node) string {
	if path := n.Child("PathExpression"); n.Kind == "FunctionCall" && path != nil {
		return strings.ToUpper(strings.Join(path.Path(), "."))
	}
	return ""
}

// replaceClock replaces a call with the partition's end.
func (e *editor) replaceClock(t *textOf, n *googlesql.Node) {
	v := t.view
	if slices.ContainsFunc(t.edits, func(e edit) bool { return e.start <= n.Start && n.End <= e.end }) {
		return
	}
	for at := n; at.Parent != nil; at = at.Parent {
		if s := selectOf(at); s != nil && t.wheres[s] != nil && t.wheres[s].drop[at] {
			return // removed with its term
		}
	}
	instead := now[functionOf(n)]
	zone := ""
	if len(n.Children) > 1 {
		zone = "; its time zone is dropped, because partitions are UTC dates"
	}
	if days, ok := daysOf(n.Parent); ok && days == -1 && e.model.Grain == partition.Daily {
		e.model.note(v, v.At(n.Start), zone != "", "%s is @partition_date in the model%s",
			v.SQL[n.Parent.Start:n.Parent.End], zone)
		t.replace(n.Parent.Start, n.Parent.End, "@partition_date")
		return
	}
	e.model.note(v, v.At(n.Start), zone != "", "%s is %s in the model: the morning after the partition%s",
		v.SQL[n.Start:n.End], instead, zone)
	t.replace(n.Start, n.End, instead)
}

// daysOf returns how many days after CURRENT_DATE a date is. It reports false when it is no such date.
func daysOf(n *googlesql.Node) (days int, ok bool) {
	if n == nil {
		return 0, false
	}
	switch name := functionOf(n); {
	case name == "CURRENT_DATE":
		return 0, true
	case (name == "DATE_SUB" || name == "DATE_ADD") && len(n.Children) == 3:
		base, ok := daysOf(n.Children[1])
		interval := n.Children[2]
		if !ok || interval.Kind != "IntervalExpr" || len(interval.Children) != 2 ||
			!strings.EqualFold(interval.Children[1].Value, "DAY") {
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

func number(n *googlesql.Node) (int, bool) {
	i, err := strconv.Atoi(n.Value)
	return i, n.Kind == "IntLiteral" && err == nil
}

// term is a condition that compares a table's date with a day relative to CURRENT_DATE.
type term struct {
	node   *googlesql.Node
	by     string
	text   string
	low    *int // the first day that it allows, in days after the current one
	high   *int // the last
	bounds []*googlesql.Node
}

// terms returns the terms of a SELECT's WHERE that limit the partition date of a table that it reads.
func (e *editor) terms(t *textOf, in Read) (terms []term) {
	single := in.Path.Parent.Parent.Kind == "FromClause"
	n := selectOf(in.Path)
	if n == nil || n.Child("WhereClause") == nil {
		return nil
	}
	for _, node := range conjuncts(n.Child("WhereClause").Children[0]) {
		found := term{node: node, by: in.Table.PartitionBy, text: t.view.SQL[node.Start:node.End]}
		if found.parse(in, single) {
			terms = append(terms, found)
		}
	}
	return terms
}

// parse reads the bounds of a condition. It reports false when the condition does not limit the table's date.
func (c *term) parse(in Read, single bool) bool {
	n := c.node
	isDate := func(n *googlesql.Node) bool {
		path := n.Path()
		if n.Kind != "PathExpression" || len(path) == 0 ||
			!strings.EqualFold(path[len(path)-1], in.Table.PartitionBy) {
			return false
		}
		return len(path) == 1 && single || len(path) == 2 && strings.EqualFold(path[0], Alias(in.Path.Parent))
	}
	var parts []*googlesql.Node
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
	c.bounds = []*googlesql.Node{bound}
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

// yesterday is the newest complete day for a view that is read in the morning.
const yesterday = -1

// drop removes the terms of a table of which only the partition is read: readers of the model choose the
// days.
func (e *editor) drop(t *textOf, in Read, terms []term, exact bool) {
	for _, c := range terms {
		if !exact {
			e.replaceToday(t, c)
			continue
		}
		t.where(selectOf(c.node)).drop[c.node] = true
		allows := (c.low == nil || *c.low <= yesterday) && (c.high == nil || *c.high >= yesterday)
		if !allows {
			e.model.note(t.view, t.view.At(c.node.Start), true,
				"%s asked for a day that was not over; the model holds each %s once it is over", c.text, unit(e.model.Grain))
			continue
		}
		text := fmt.Sprintf("%s is left out: the model reads only its own %s of %s", c.text, unit(e.model.Grain), in.Table.Name)
		if e.model.Incremental() {
			text = fmt.Sprintf("%s is left out: the model keeps every %s, and its readers choose", c.text, unit(e.model.Grain))
			if e.model.Grain == partition.Daily {
				e.model.window = append(e.model.window, window{c.low, c.high})
			}
		}
		e.model.note(t.view, t.view.At(c.node.Start), e.model.Grain == partition.Monthly, "%s", text)
	}
}

// window is a range of days, relative to the current one; nil: no bound.
type window struct{ low, high *int }

// conditions returns the conditions that a date lies in each of the windows. today is an expression for the
// current day.
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

// replaceToday turns date = CURRENT_DATE(), for a table that is read up to the partition's end, into the
// partition's day.
func (e *editor) replaceToday(t *textOf, c term) {
	if c.low == nil || c.high == nil || *c.low != 0 || *c.high != 0 || len(c.bounds) != 1 {
		return
	}
	e.model.note(t.view, t.view.At(c.node.Start), true,
		"%s asked for the current day; the model asks for the partition's day, which is over", c.text)
	t.replace(c.bounds[0].Start, c.bounds[0].End, "@partition_date")
}

// mapping describes how much of a table one place of a query reads.
type mapping struct {
	exact bool // only the partition
	days  int  // the last days, including the partition's; 0: all days
	grain partition.Grain
}

// reach returns how much of a table the terms select.
func reach(terms []term, exact bool) mapping {
	m := mapping{exact: exact}
	for _, c := range terms {
		if c.low != nil && *c.low < 0 && (m.days == 0 || -*c.low < m.days) {
			m.days = -*c.low
		}
	}
	return m
}

func (e *editor) mapped(table string, grain partition.Grain, m mapping) {
	m.grain = grain
	e.mappings[table] = append(e.mappings[table], m)
}

// findMixed finds the tables of which one place needs only the partition, and another one more.
func (e *editor) findMixed() map[string]bool {
	mixed := map[string]bool{}
	for table, list := range e.mappings {
		exact := func(m mapping) bool { return m.exact }
		more := func(m mapping) bool { return !m.exact }
		if slices.ContainsFunc(list, exact) && slices.ContainsFunc(list, more) {
			mixed[table] = true
		}
	}
	return mixed
}

// inputs returns what the model reads, by table.
func (e *editor) inputs() (inputs []manifest.Input) {
	for _, table := range slices.Sorted(maps.Keys(e.mappings)) {
		var widest manifest.Input
		for _, m := range e.mappings[table] {
			if in := e.input(table, m); widest.Table == "" || holds(in, widest) {
				widest = in
			}
		}
		endless := func(m mapping) bool { return !m.exact && (m.days == 0 || m.days > header.MaxDays) }
		if widest.N > 0 && slices.ContainsFunc(e.mappings[table], endless) {
			e.model.note(e.model.View, e.model.View.At(0), true, "It reads every %s of %s so far, which is not possible in a "+
				"daily model that is incremental: it reads the last %d.", unit(widest.Grain), table, widest.N)
		}
		if widest.Mapping == manifest.All {
			e.model.note(e.model.View, e.model.View.At(0), true, "It reads every %s of %s so far, each time it runs. If fewer "+
				"are enough, give another mapping.", unit(widest.Grain), table)
		}
		inputs = append(inputs, widest)
	}
	return inputs
}

// input returns the narrowest input that holds what one place reads.
func (e *editor) input(table string, m mapping) manifest.Input {
	in := manifest.Input{Table: table, Grain: m.grain, Mapping: manifest.Same}
	model := e.model.Grain
	switch {
	case m.exact && m.grain == partition.Monthly && model == partition.Daily: // not partitioned
		in.Mapping = manifest.Latest
	case m.exact && m.grain != partition.Monthly && model == partition.Monthly:
		in.Mapping = manifest.EachDay
	case m.exact || m.days == 1 && m.grain != partition.Monthly && model != partition.Monthly:
	case m.days > 0 && m.days <= header.MaxDays && m.grain != partition.Monthly && model != partition.Monthly:
		in.Mapping, in.N = manifest.LastNDays, m.days
	case !e.model.Incremental() || model == partition.Monthly:
		in.Mapping = manifest.All
	case m.grain == partition.Monthly:
		in.Mapping, in.N = manifest.LastNMonths, header.MaxMonths
	default:
		in.Mapping, in.N = manifest.LastNDays, header.MaxDays
	}
	return in
}

// holds reports whether an input holds all that another one of the same table does, and more.
func holds(in, other manifest.Input) bool {
	if in.Mapping == other.Mapping {
		return in.N > other.N
	}
	return in.Mapping == manifest.All || in.N > 0 && other.Mapping != manifest.All
}
