package viewaudit

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/partition"
)

// maxGuesses limits the columns and types that are tried for one view.
const maxGuesses = 400

// guess adds columns to the guessed tables that the view reads, and changes their types, as long as GoogleSQL
// reports new errors. It returns the last error, or nil when GoogleSQL accepts the view.
func (v *View) guess(bad *googlesql.Error) (*googlesql.Error, error) {
	seen := map[googlesql.Error]bool{*bad: true}
	for tries := 0; bad != nil && tries < maxGuesses; {
		column := missing(bad.Message) != "" // adding a column never hurts, but another type may be wrong elsewhere
		var second func() func()
		var secondly *googlesql.Error
		next := bad
		for _, change := range v.changes(bad) {
			tries++
			undo := change()
			err := v.try()
			again, isBad := errors.AsType[*googlesql.Error](err)
			if err != nil && !isBad {
				return nil, err
			}
			if !isBad || !seen[*again] && (column || missing(again.Message) != "") {
				next, second = again, nil
				break
			}
			undo()
			if second == nil && !seen[*again] && again.Pos != bad.Pos {
				second, secondly = change, again
			}
		}
		if second != nil {
			second()
			next = secondly
		}
		if next == bad {
			return bad, nil
		}
		if bad = next; bad != nil {
			seen[*bad] = true
		}
	}
	return bad, nil
}

var missingColumn = []*regexp.Regexp{
	regexp.MustCompile("^Unrecognized name: `?([\\w.]+)`?"),
	regexp.MustCompile("^Name `?(\\w+)`? not found inside `?(\\w+)`?"),
	regexp.MustCompile("^Column `?(\\w+)`? in USING clause not found on"),
	regexp.MustCompile("^Column `?(\\w+)`? in SELECT \\* (?:EXCEPT|REPLACE) list does not exist"),
}

// missing returns the column that a message reports as missing, as "alias.column" if the message names the
// table, or "".
func missing(message string) string {
	for _, r := range missingColumn {
		if m := r.FindStringSubmatch(message); m != nil {
			if len(m) > 2 {
				return m[2] + "." + m[1]
			}
			return m[1]
		}
	}
	return ""
}

// changes returns guesses that may fix an error. Each applies itself and returns how to undo it.
func (v *View) changes(bad *googlesql.Error) (changes []func() (undo func())) {
	if name := missing(bad.Message); name != "" {
		alias, column, qualified := strings.Cut(name, ".")
		if !qualified {
			column = name
		}
		for _, in := range v.Reads {
			t := in.Table
			if t.Origin != Guessed || t.Column(column) != nil ||
				qualified && !strings.EqualFold(Alias(in.Path.Parent), alias) {
				continue
			}
			changes = append(changes, func() func() {
				before := *t
				t.add(column)
				return func() { *t = before }
			})
		}
		return changes
	}
	for _, at := range v.used(bad.Pos) {
		for _, typ := range types {
			changes = append(changes, func() func() {
				i := slices.IndexFunc(at.table.Columns, func(c Column) bool { return c.Name == at.column })
				before := at.table.Columns[i].Type
				at.table.Columns[i].Type = typ
				return func() { at.table.Columns[i].Type = before }
			})
		}
	}
	return changes
}

// types lists the types that a column may have, the likely ones first.
var types = []string{
	"INT64", "STRING", "DATE", "TIMESTAMP", "NUMERIC", "FLOAT64", "BOOL", "JSON", "ARRAY<STRING>", "DATETIME",
}

type use struct {
	table  *Table
	column string
	at     int
}

// used returns the guessed columns in the expressions that begin at the place of an error, the nearest first.
func (v *View) used(pos diag.Pos) (list []use) {
	v.Tree.Walk(func(n *googlesql.Node) {
		if n.Kind != "Identifier" || !v.inExpressionAt(n, pos) {
			return
		}
		for _, in := range v.Reads {
			if in.Table.Origin != Guessed || in.Table.Column(n.Value) == nil {
				continue
			}
			name := in.Table.Column(n.Value).Name
			if !slices.ContainsFunc(list, func(u use) bool { return u.table == in.Table && u.column == name }) {
				list = append(list, use{in.Table, name, n.Start})
			}
		}
	})
	slices.SortStableFunc(list, func(a, b use) int { return a.at - b.at })
	return list
}

// inExpressionAt reports whether a node is part of an expression that begins at a place.
func (v *View) inExpressionAt(n *googlesql.Node, pos diag.Pos) bool {
	for at := n; at != nil; at = at.Parent {
		isExpression := at.Kind == "FunctionCall" || at.Kind == "Identifier" && at.Parent.Kind == "UsingClause" ||
			strings.HasSuffix(at.Kind, "Expr") || strings.HasSuffix(at.Kind, "Expression")
		if isExpression && !strings.HasSuffix(at.Kind, "PathExpression") && diag.At(v.SQL, at.Start) == pos {
			return true
		}
	}
	return false
}

func (t *Table) add(column string) {
	t.Columns = append(slices.Clone(t.Columns), Column{Name: column, Type: likely(column)})
	name := strings.ToLower(column)
	switch {
	case t.PartitionBy != "" || likely(column) != "DATE":
	case name == "month":
		t.PartitionBy, t.Grain = column, partition.Monthly
	case name == "day" || name == "date" || name == "snapshot_date":
		t.PartitionBy, t.Grain = column, partition.Daily
	}
}

var typesByName = []struct {
	name *regexp.Regexp
	typ  string
}{
	{regexp.MustCompile(`(_at|_time|_ts)$|^(created|updated|timestamp|ts)$`), "TIMESTAMP"},
	{regexp.MustCompile(`(^|_)(day|date|month|week)$|_on$`), "DATE"},
	{regexp.MustCompile(`^(is|has|was)_`), "BOOL"},
	{regexp.MustCompile(`(^|_)(count|total|views|reads|claps|clicks|opens|cents|n|number)$`), "INT64"},
	{regexp.MustCompile(`(^|_)(viewers|readers|subscribers|followers)$`), "INT64"},
	{regexp.MustCompile(`(^|_)(price|amount|earnings|revenue|fee|cost)$`), "NUMERIC"},
}

// likely returns the usual type of a column with the given name.
func likely(column string) string {
	for _, l := range typesByName {
		if l.name.MatchString(strings.ToLower(column)) {
			return l.typ
		}
	}
	return "STRING"
}

// Sketch returns a table's columns in one line: "day DATE, views INT64".
func (t *Table) Sketch() string {
	list := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		list[i] = fmt.Sprintf("%s %s", c.Name, c.Type)
	}
	return strings.Join(list, ", ")
}
