package duckdb

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// spliced are the kinds of nodes that are written in DuckDB as in GoogleSQL: their text is that of their children, and
// between them what the author wrote. Of the words and signs there, only those listed may occur; parentheses and commas
// may always. A kind that does not stand here, and in no case of text, is refused; so is a modifier that its kind lacks.
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
	"Select":                    "SELECT ALL DISTINCT",
	"SelectList":                "",
	"SelectColumn":              "",
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

// splice is the text of n with each child's text given by text.
func (r *rewriter) splice(n *node, words string, text func(*node) string) string {
	var b strings.Builder
	at := n.start
	for _, c := range n.children {
		b.WriteString(r.gap(n, at, c.start, words))
		b.WriteString(text(c))
		at = c.end
	}
	b.WriteString(r.gap(n, at, n.end, words))
	return b.String()
}

// gap is the text of a range that belongs to n itself, once everything in it is among words.
func (r *rewriter) gap(n *node, start, end int, words string) string {
	allowed := strings.Fields(words)
	var b strings.Builder
	for _, t := range tokens(r.sql[start:end]) {
		switch {
		case t.comment:
			b.WriteString(comment(t.text))
		case strings.TrimSpace(t.text) == "", t.text == "(", t.text == ")", t.text == ",":
			b.WriteString(t.text)
		default:
			if !contains(allowed, t.text) {
				r.refuse(&node{span: span{start + t.at, start + t.at + len(t.text)}}, strings.ToUpper(t.text),
					"in the "+wording(n)+" "+unknownReason)
			}
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// comment is a comment in DuckDB's notation, which has no # and lets block comments nest.
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
	for _, w := range words {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

// marks are the words and signs in the ranges between the children of n, in upper case, less parentheses and commas.
func (r *rewriter) marks(n *node) []string {
	var list []string
	at := n.start
	for _, c := range append(n.children[:len(n.children):len(n.children)], &node{span: span{n.end, n.end}}) {
		for _, t := range tokens(r.sql[at:c.start]) {
			if !t.comment && strings.TrimSpace(t.text) != "" && t.text != "(" && t.text != ")" && t.text != "," {
				list = append(list, strings.ToUpper(t.text))
			}
		}
		at = c.end
	}
	return list
}

// A token is a word, a sign, a run of white space, or a comment.
type token struct {
	at      int
	text    string
	comment bool
}

// tokens cuts up text that holds no literals: what stands between the nodes of a tree.
func tokens(text string) []token {
	var list []token
	for at := 0; at < len(text); {
		length, comment := tokenLength(text[at:])
		list = append(list, token{at: at, text: text[at : at+length], comment: comment})
		at += length
	}
	return list
}

func tokenLength(text string) (length int, comment bool) {
	switch {
	case strings.HasPrefix(text, "/*"):
		if end := strings.Index(text, "*/"); end >= 0 {
			return end + 2, true
		}
		return len(text), true
	case strings.HasPrefix(text, "--"), strings.HasPrefix(text, "#"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return end, true
		}
		return len(text), true
	}
	first, size := utf8.DecodeRuneInString(text)
	same := func(c rune) bool { return false }
	switch {
	case unicode.IsSpace(first):
		same = unicode.IsSpace
	case isWord(first):
		same = isWord
	case strings.ContainsRune("<>=!|&", first):
		same = func(c rune) bool { return strings.ContainsRune("<>=!|&", c) }
	}
	for length = size; length < len(text); {
		c, size := utf8.DecodeRuneInString(text[length:])
		if !same(c) {
			break
		}
		length += size
	}
	return length, false
}

func isWord(c rune) bool { return c == '_' || unicode.IsLetter(c) || unicode.IsDigit(c) }
