package duckdb

import (
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/scripts/internal/googlesql"
)

type (
	node = googlesql.Node
	span = googlesql.Range
)

// parse returns the syntax tree of one statement, tidied.
func parse(sql string) (*node, error) {
	root, err := googlesql.Parse(sql)
	if err != nil {
		return nil, err
	}
	return root, tidy(root)
}

// tidy sorts the children of every node by their place, each after the one before, so that a node's text is
// its children's texts and what stands between them.
func tidy(n *node) error {
	for _, c := range n.Children {
		if err := tidy(c); err != nil {
			return err
		}
	}
	switch n.Kind {
	case "PathExpression": // in a grouping set its range includes the closing parenthesis
		n.End = n.Children[len(n.Children)-1].End
	case "PipeJoinLhsPlaceholder": // stands for the rows before |>, and spans the join
		n.End = n.Start
	case "SetOperation": // the list of operators spans the inputs between them
		operators := n.Children[0]
		n.Children = append(n.Children[1:], operators.Children...)
	}
	slices.SortStableFunc(n.Children, func(a, b *node) int { return a.Start - b.Start })
	at := n.Start
	for _, c := range n.Children {
		if c.Start < at || c.End > n.End {
			return fmt.Errorf("the parser places %s [%d,%d) outside of its place in %s [%d,%d)",
				c.Kind, c.Start, c.End, n.Kind, n.Start, n.End)
		}
		at = c.End
	}
	return nil
}

// pathName returns a path's identifiers joined by dots, in upper case: the name of a function or date part.
func pathName(n *node) string {
	if n.Kind == "Identifier" {
		return strings.ToUpper(n.Value)
	}
	parts := make([]string, len(n.Children))
	for i, c := range n.Children {
		parts[i] = strings.ToUpper(c.Value)
	}
	return strings.Join(parts, ".")
}

// spliced lists the kinds of nodes that DuckDB writes as GoogleSQL does: their text is that of their
// children, and between them what the author wrote. Only the listed words may occur there, and parentheses
// and commas.
var spliced = map[string]string{
	"QueryStatement":            "",
	"Query":                     "",
	"WithClause":                "WITH",
	"WithClauseEntry":           "",
	"AliasedQuery":              "AS",
	"SetOperation":              "",
	"SetOperationMetadata":      "",
	"SetOperationType":          "UNION INTERSECT EXCEPT",
	"SetOperationAllOrDistinct": "ALL DISTINCT",
	"SelectList":                "",
	"StarModifiers":             "REPLACE",
	"StarReplaceItem":           "AS",
	"FromClause":                "FROM",
	"ParenthesizedJoin":         "",
	"OnClause":                  "ON",
	"UsingClause":               "USING",
	"TableSubquery":             "",
	"WhereClause":               "WHERE",
	"GroupBy":                   "GROUP BY",
	"Rollup":                    "ROLLUP",
	"Cube":                      "CUBE",
	"GroupingSetList":           "GROUPING SETS",
	"GroupingSet":               "",
	"Having":                    "HAVING",
	"Qualify":                   "QUALIFY",
	"WindowClause":              "WINDOW",
	"WindowDefinition":          "AS",
	"WindowSpecification":       "",
	"PartitionBy":               "PARTITION BY",
	"OrderBy":                   "ORDER BY",
	"NullOrder":                 "NULLS FIRST LAST",
	"WindowFrame":               "ROWS RANGE BETWEEN AND",
	"AndExpr":                   "AND",
	"OrExpr":                    "OR",
	"BooleanLiteral":            "TRUE FALSE",
	"ExpressionSubquery":        "EXISTS ARRAY",
	"InList":                    "",
	"MergeWhenClauseList":       "",
	"MergeWhenClause":           "WHEN MATCHED NOT BY SOURCE TARGET AND THEN",
	"MergeAction":               "UPDATE SET INSERT VALUES DELETE",
	"UpdateItemList":            "",
	"UpdateItem":                "",
	"ColumnList":                "",
	"InsertValuesRow":           "",
}

// bareNumbers is spliced for nodes below which numbers keep no type: a place in the SELECT list, a number of
// rows.
var bareNumbers = map[string]string{
	"OrderingExpression": "ASC DESC",
	"GroupingItem":       "",
	"Limit":              "LIMIT",
	"LimitOffset":        "OFFSET",
	"WindowFrameExpr":    "UNBOUNDED PRECEDING FOLLOWING CURRENT ROW",
}

// splice returns the text of n, with text applied to each child. Words between the children that are not
// listed are refused.
func (r *rewriter) splice(n *node, words string, text func(*node) string) string {
	var b strings.Builder
	at := n.Start
	for _, c := range n.Children {
		b.WriteString(r.gap(n, at, c.Start, words))
		b.WriteString(text(c))
		at = c.End
	}
	b.WriteString(r.gap(n, at, n.End, words))
	return b.String()
}

// gap returns a range of the text that belongs to n itself, and refuses what is not among words.
func (r *rewriter) gap(n *node, start, end int, words string) string {
	allowed := strings.Fields(words)
	var b strings.Builder
	for _, t := range googlesql.Lex(r.sql[start:end]) {
		text := t.Text
		switch {
		case t.Comment():
			text = comment(text)
		case !isMark(t) || contains(allowed, text):
		default:
			at := start + t.Offset
			token := &node{Range: span{Start: at, End: at + len(text)}}
			r.refuseUnknown(token, strings.ToUpper(text), "in the "+wording(n))
		}
		b.WriteString(text)
	}
	return b.String()
}

// isMark reports whether a token is a word or sign other than a parenthesis or comma.
func isMark(t googlesql.Token) bool {
	return !t.Blank() && t.Text != "(" && t.Text != ")" && t.Text != ","
}

// comment translates a comment: DuckDB does not know # and nests block comments.
func comment(text string) string {
	if text, ok := strings.CutPrefix(text, "#"); ok {
		return "--" + text
	}
	if inner, ok := strings.CutPrefix(text, "/*"); ok {
		return "/*" + strings.ReplaceAll(inner, "/*", "/ *")
	}
	return text
}

func contains(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}

// marks returns the words and signs between the children of n, in upper case, without parentheses and commas.
func (r *rewriter) marks(n *node) []string {
	var list []string
	at := n.Start
	for i := 0; i <= len(n.Children); i++ {
		next := span{Start: n.End}
		if i < len(n.Children) {
			next = n.Children[i].Range
		}
		for _, t := range googlesql.Lex(r.sql[at:next.Start]) {
			if isMark(t) {
				list = append(list, strings.ToUpper(t.Text))
			}
		}
		at = next.End
	}
	return list
}

// operator returns the marks of n as one text: "IS NOT".
func (r *rewriter) operator(n *node) string { return strings.Join(r.marks(n), " ") }
