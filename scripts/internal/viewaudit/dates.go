package viewaudit

import (
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/partition"
)

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

func functionOf(n *googlesql.Node) string {
	if path := n.Child("PathExpression"); n.Kind == "FunctionCall" && path != nil {
		return strings.ToUpper(strings.Join(path.Path(), "."))
	}
	return ""
}

// replaceClock replaces a call with the partition's end.
func (e *editor) replaceClock(t *textOf, n *googlesql.Node) {
	v := t.view
	for at := n; at != nil; at = at.Parent {
		if t.dropped[at] {
			return
		}
	}
	instead := now[functionOf(n)]
	zone := ""
	if len(n.Children) > 1 {
		zone = "; its time zone is dropped, because partitions are UTC dates"
	}
	if isToday(v, n) {
		e.model.note(v, v.At(n.Parent.Start), true,
			"%s asks for the current day; the model asks for the partition's day, which is over", v.SQL[n.Parent.Start:n.Parent.End])
		t.replace(n.Start, n.End, "@partition_date")
		return
	}
	if e.model.Grain == partition.Daily && isYesterday(n.Parent) {
		e.model.note(v, v.At(n.Start), zone != "", "%s is @partition_date in the model%s",
			v.SQL[n.Parent.Start:n.Parent.End], zone)
		t.replace(n.Parent.Start, n.Parent.End, "@partition_date")
		return
	}
	e.model.note(v, v.At(n.Start), zone != "", "%s is %s in the model: the morning after the partition%s",
		v.SQL[n.Start:n.End], instead, zone)
	t.replace(n.Start, n.End, instead)
}

// isYesterday reports whether an expression is the day before the current one.
func isYesterday(n *googlesql.Node) bool {
	if n == nil {
		return false
	}
	number, day := n.Children[len(n.Children)-1], true
	if functionOf(n) == "DATE_SUB" && number.Kind == "IntervalExpr" && len(number.Children) == 2 {
		day = strings.EqualFold(number.Children[1].Value, "DAY")
		number = number.Children[0]
	} else if n.Kind != "BinaryExpression" || n.Value != "-" {
		return false
	}
	isToday := slices.ContainsFunc(n.Children, func(c *googlesql.Node) bool { return functionOf(c) == "CURRENT_DATE" })
	return isToday && day && number.Kind == "IntLiteral" && number.Value == "1"
}

// dropTimes removes the conditions that depend on when the view was read, where the model reads only its partition: they
// hold for the newest partition, and readers of the model choose the days.
func (e *editor) dropTimes(t *textOf, in Read, column string) {
	n := selectOf(in.Path)
	if n == nil || n.Child("WhereClause") == nil || optional(t.view, in.Path) {
		return
	}
	for _, term := range conjuncts(n.Child("WhereClause").Children[0]) {
		if len(clocks(term)) == 0 || !onlyColumn(term, in, column) {
			continue
		}
		t.dropped[term], t.wheres[n] = true, true
		e.model.note(t.view, t.view.At(term.Start), false,
			"%s is left out: the model keeps every %s, and its readers choose", t.view.SQL[term.Start:term.End], unit(e.model.Grain))
	}
}

// onlyColumn reports whether an expression reads only one column, of a table in the same SELECT.
func onlyColumn(n *googlesql.Node, in Read, column string) bool {
	single := in.Path.Parent.Parent.Kind == "FromClause"
	is := true
	n.Walk(func(n *googlesql.Node) {
		path := n.Path()
		switch {
		case n.Kind != "PathExpression" || n.Parent.Kind == "FunctionCall" && (n.Parent.Children[0] == n || isPart(n)):
		case len(path) == 1 && single, len(path) == 2 && strings.EqualFold(path[0], Alias(in.Path.Parent)):
			is = is && strings.EqualFold(path[len(path)-1], column)
		default:
			is = false
		}
	})
	return is
}

// isPart reports whether an argument is the part of a date that a function takes last, such as MONTH.
func isPart(n *googlesql.Node) bool {
	function := functionOf(n.Parent)
	last := n.Parent.Children[len(n.Parent.Children)-1] == n
	return last && (function == "DATE_TRUNC" || function == "DATE_DIFF")
}

// optional reports whether a table is on the side of an outer join that may have no row.
func optional(v *View, n *googlesql.Node) bool {
	for ; n != nil && n.Kind != "FromClause"; n = n.Parent {
		if n.Parent == nil || n.Parent.Kind != "Join" {
			continue
		}
		sides := slices.DeleteFunc(slices.Clone(n.Parent.Children), func(c *googlesql.Node) bool { return c.Kind == "Location" })
		words := strings.Fields(strings.ToUpper(v.SQL[sides[0].End:sides[1].Start]))
		first := n == sides[0]
		if slices.Contains(words, "FULL") || slices.Contains(words, "LEFT") && !first || slices.Contains(words, "RIGHT") && first {
			return true
		}
	}
	return false
}

// isToday reports whether a call of CURRENT_DATE is compared with the date of a table's partitions by "=".
func isToday(v *View, n *googlesql.Node) bool {
	if n.Parent.Kind != "BinaryExpression" || n.Parent.Value != "=" || functionOf(n) != "CURRENT_DATE" {
		return false
	}
	return slices.ContainsFunc(n.Parent.Children, func(other *googlesql.Node) bool {
		path := other.Path()
		return other.Kind == "PathExpression" && slices.ContainsFunc(v.Reads, func(in Read) bool {
			return len(path) > 0 && in.Table.PartitionBy != "" && strings.EqualFold(path[len(path)-1], in.Table.PartitionBy)
		})
	})
}
