package viewaudit

import (
	"cmp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
)

// where holds the changes to a SELECT's WHERE.
type where struct {
	bounds []string                 // conditions to add
	drop   map[*googlesql.Node]bool // terms to remove
}

func (t *textOf) where(n *googlesql.Node) *where {
	if t.wheres[n] == nil {
		t.wheres[n] = &where{drop: map[*googlesql.Node]bool{}}
	}
	return t.wheres[n]
}

func (w *where) edit(t *textOf, n *googlesql.Node) {
	clause := n.Child("WhereClause")
	conds := slices.Clone(w.bounds)
	if clause == nil {
		at := n.Child("FromClause").End
		t.replace(at, at, t.lineBreak(n)+"WHERE "+strings.Join(conds, " AND "))
		return
	}
	for _, term := range conjuncts(clause.Children[0]) {
		if !w.drop[term] {
			start, end := t.parens(term, clause)
			text := t.text(start, end)
			if term.Kind == "OrExpr" && start == term.Start {
				text = "(" + text + ")"
			}
			conds = append(conds, text)
		}
	}
	if len(conds) == 0 {
		_, end := t.parens(clause.Children[0], clause)
		t.replace(clause.Start, max(end, clause.End), "")
		return
	}
	between := " AND "
	if strings.Contains(t.view.SQL[clause.Start:clause.End], "\n") {
		between = t.lineBreak(n) + "  AND "
	}
	start, end := t.parens(clause.Children[0], clause)
	t.replace(start, max(end, clause.End), strings.Join(conds, between))
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
	view   *View
	edits  []edit
	wheres map[*googlesql.Node]*where // by SELECT
}

type edit struct {
	start, end int
	text       string
}

// replace replaces a range, and all changes inside it, with a text.
func (t *textOf) replace(start, end int, text string) {
	t.edits = slices.DeleteFunc(t.edits, func(e edit) bool { return start <= e.start && e.end <= end && start < end })
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

// lineBreak returns a new line, indented like the FROM, in a SELECT of several lines, and a blank in a SELECT
// of one line.
func (t *textOf) lineBreak(n *googlesql.Node) string {
	from := n.Child("FromClause").Start
	line := strings.LastIndexByte(t.view.SQL[:from], '\n') + 1
	if line <= n.Start {
		return " "
	}
	indent := t.view.SQL[line:from]
	return "\n" + indent[:len(indent)-len(strings.TrimLeft(indent, " \t"))]
}
