package duckdb

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-googlesql"
)

// Rewrite gives the meaning of one GoogleSQL statement, a query or a MERGE, in DuckDB's dialect.
//
// The statement is analyzed against catalog with options, which must declare the statement's parameters; Rewrite sets
// the options' record of parse locations to full node scope. Everything that is refused is reported at once: the error
// joins a *Refusal for each place, in the order of the text. A statement that the analyzer does not understand is the
// analyzer's error.
func Rewrite(sql string, catalog googlesql.CatalogNode, options *googlesql.AnalyzerOptions) (string, error) {
	root, err := parse(sql)
	if err != nil {
		return "", fmt.Errorf("rewrite for DuckDB: parse: %w", err)
	}
	known, err := analyze(sql, catalog, options)
	if err != nil {
		return "", fmt.Errorf("rewrite for DuckDB: analyze: %w", err)
	}
	r := &rewriter{sql: sql, facts: known, functions: functions()}
	r.names = namesOf(root, known)
	text := r.text(root)
	if len(r.refusals) > 0 {
		slices.SortStableFunc(r.refusals, func(a, b *Refusal) int { return cmp.Compare(a.offset, b.offset) })
		return "", r.refusals.join()
	}
	return text, nil
}

// Refusal says that a construct has no known equal in DuckDB.
type Refusal struct {
	Line, Column int    // of the construct's first character, from 1
	Construct    string // as it is named in the statement: "APPROX_QUANTILES", "operator ^"
	Reason       string // why, and what to write instead

	offset int
}

// Error is "line:column: construct: reason".
func (e *Refusal) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", e.Line, e.Column, e.Construct, e.Reason)
}

type refusals []*Refusal

// join leaves out what is said twice: a node may be looked at more than once.
func (list refusals) join() error {
	var faults []error
	seen := map[string]bool{}
	for _, refusal := range list {
		if text := refusal.Error(); !seen[text] {
			seen[text] = true
			faults = append(faults, refusal)
		}
	}
	return errors.Join(faults...)
}

// A rewriter turns nodes into text. The text of an expression that does not stand as it was written is always one
// operand: a call, a CAST, a CASE … END, or in parentheses; so it can take the node's place among any operators.
type rewriter struct {
	sql       string
	facts     facts
	names     names
	functions map[string]function
	refusals  refusals
}

// refuse records that n cannot be rewritten. Its result takes the place of n's text, and is never seen.
func (r *rewriter) refuse(n *node, construct, reason string) string {
	before := r.sql[:n.start]
	line := 1 + strings.Count(before, "\n")
	column := 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	r.refusals = append(r.refusals, &Refusal{
		Line: line, Column: column, Construct: construct, Reason: reason, offset: n.start,
	})
	return "NULL"
}

const unknownReason = "is not among the constructs known to mean the same in DuckDB"

// source is the text of n as it was written.
func (r *rewriter) source(n *node) string { return r.sql[n.start:n.end] }

// typeOf is the type of an expression, in GoogleSQL's spelling; empty when it is unknown. The analyzer makes one literal
// of a CAST or an array of literals, and then tells nothing of those inside.
func (r *rewriter) typeOf(n *node) string {
	place := n.span
	if n.parent != nil && n.parent.kind == "AnalyticFunctionCall" && n.kind == "FunctionCall" {
		place = n.parent.span // that has the OVER too
	}
	if t, ok := r.facts.types[place]; ok {
		return t
	}
	return r.ownType(n)
}

// text is the meaning of n in DuckDB's dialect.
func (r *rewriter) text(n *node) string {
	if t := r.typeOf(n); t != "" {
		if _, ok := duckType(t); !ok {
			return r.refuse(n, "type "+t, unknownReason)
		}
	}
	if words, ok := spliced[n.kind]; ok {
		return r.splice(n, words, r.text)
	}
	switch n.kind {
	case "IntLiteral", "FloatLiteral", "NullLiteral", "StringLiteral", "NumericLiteral", "DateOrTimeLiteral", "JSONLiteral":
		return r.literal(n)
	case "ParameterExpr":
		return r.parameter(n)
	case "Identifier":
		return quoteName(n.value)
	case "PathExpression":
		return r.path(n)
	case "BinaryExpression":
		return r.binary(n)
	case "UnaryExpression":
		return r.unary(n)
	case "InExpression":
		return r.in(n)
	case "BetweenExpression":
		return r.between(n)
	case "CaseNoValueExpression", "CaseValueExpression":
		return r.caseOf(n)
	case "CastExpression":
		return r.cast(n)
	case "ExtractExpression":
		return r.extract(n)
	case "FunctionCall":
		core, wrap := r.call(n)
		return fmt.Sprintf(wrap, core)
	case "AnalyticFunctionCall":
		return r.analytic(n)
	case "ArrayConstructor":
		return r.array(n)
	case "ArrayElement":
		return r.element(n)
	case "StructConstructorWithKeyword":
		return r.structure(n)
	case "StructConstructorWithParens":
		if n.parent.kind == "GroupingSet" || n.parent.kind == "Rollup" || n.parent.kind == "Cube" { // a group of columns
			return r.splice(n, "", r.text)
		}
	case "DotIdentifier":
		if reason := r.facts.foreign[n.span]; reason != "" {
			return r.refuse(n, r.source(n), reason)
		}
		return fmt.Sprintf("struct_extract(%s, %s)", r.text(n.children[0]), quote(n.children[1].value))
	case "Alias":
		return "AS " + r.text(n.children[0])
	case "Location":
		return r.gap(n, n.start, n.end, "JOIN INNER LEFT RIGHT FULL OUTER CROSS IN LIKE NOT BETWEEN ,")
	case "StarWithModifiers", "DotStarWithModifiers", "Star", "DotStar":
		return r.star(n)
	case "OrderingExpression", "GroupingItem", "Limit", "LimitOffset", "WindowFrameExpr":
		return r.counted(n)
	case "Join":
		return r.join(n)
	case "TablePathExpression":
		return r.table(n)
	case "MergeStatement":
		return r.merge(n)
	case "UpdateSetValue":
		return r.assignment(n)
	}
	return r.refuse(n, wording(n), unknownReason)
}

// operand is n's text in parentheses, unless it is one operand already.
func (r *rewriter) operand(n *node) string {
	switch n.kind {
	case "BinaryExpression", "UnaryExpression", "AndExpr", "OrExpr", "InExpression", "BetweenExpression":
		return "(" + r.text(n) + ")"
	}
	return r.text(n)
}

// wording names the construct of a node, of a kind like "TableSubquery", in words: "table subquery".
func wording(n *node) string {
	var b strings.Builder
	for i, c := range n.kind {
		if i > 0 && unicode.IsUpper(c) && !unicode.IsUpper(rune(n.kind[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
