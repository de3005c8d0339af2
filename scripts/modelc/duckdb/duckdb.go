// Package duckdb translates GoogleSQL statements to DuckDB's dialect, so that the models that BigQuery runs
// can run unchanged on a laptop.
//
// # The promise
//
// The rewritten statement returns the same columns, types and rows as the original, or it fails where the
// original fails. Constructs that are not known to do so are refused by name, line and column. The kinds of
// syntax nodes that are rewritten, the words between them, the functions, operators, types and casts are each
// listed; a construct that is in no list is an error. Nothing is passed through because DuckDB might
// understand it.
//
// Where DuckDB gives the same text another meaning, the text is changed to say what GoogleSQL means: a sum of
// BIGINTs is cast back from HUGEINT, a quotient by zero is an error unless the dividend is NULL, CONCAT of a
// NULL is NULL, weeks begin on Sunday, 1.5 is a DOUBLE, ROUND uses the exact value of the double. Everything
// else, including layout and comments, stays as it was written, so that the two texts can be read side by side.
// Only a column without an alias may get another name.
//
// # What it assumes
//
// Types: INT64 is BIGINT, FLOAT64 DOUBLE, NUMERIC DECIMAL(38, 9), STRING VARCHAR, BYTES BLOB, TIMESTAMP
// TIMESTAMPTZ. BOOL, DATE, JSON, ARRAY and STRUCT with named fields keep their names. DATETIME, TIME,
// INTERVAL and BIGNUMERIC are refused. Parameters keep their names: @day becomes $day.
//
// The session uses the [Settings]. The dialect is DuckDB 1.5's.
//
// The meanings follow GoogleSQL's documentation (https://github.com/google/googlesql/tree/master/docs). The
// answers in testdata/queries are those of its reference implementation (package oracle).
//
// # Where results may still differ
//
// testdata/queries/differences.txt has a query for each of these but the last:
//
//   - A FLOAT64 that overflows is an infinity in DuckDB; in GoogleSQL it is an error, in SAFE_DIVIDE NULL. In
//     DuckDB, NaN equals itself and sorts above all other numbers. Rows loaded from JSON contain neither.
//   - ROUND to some decimals gives 0 where GoogleSQL gives -0.
//   - Sums of FLOAT64 depend on the order of the rows in both dialects. They, averages and variances may differ
//     in the last digit.
//   - A product of two NUMERICs beyond 10^20 is an error.
//   - A date or timestamp outside the years 1 to 9999 is an error in GoogleSQL only. FORMAT_DATE writes a year
//     before 1000 with four digits.
//   - UPPER and LOWER map single characters to single characters, except for ß: ﬁ stays ﬁ, and Σ at the end of
//     a word becomes σ.
//   - Some strings that GoogleSQL casts are an error: hexadecimal FLOAT64s with a point, an exponent or more than
//     16 digits, nan(…), NUMERICs with an exponent below -9.
//   - What fails in GoogleSQL may not be computed in DuckDB where the result is known without it.
//   - What GoogleSQL leaves open stays open: the order of rows and elements without ORDER BY or among equals,
//     ANY_VALUE.
package duckdb

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	goccy "github.com/goccy/go-googlesql"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/internal/googlesql"
)

// Settings lists the settings, by name, that a DuckDB session needs for rewritten statements. All other
// settings that affect results keep DuckDB's defaults.
var Settings = map[string]string{
	"TimeZone":           "UTC",                             // for casts between DATE, TIMESTAMPTZ and text
	"default_null_order": "nulls_first_on_asc_last_on_desc", // GoogleSQL's order
}

// Rewrite translates one GoogleSQL statement, a query or a MERGE, to DuckDB's dialect. Tables and parameters
// must be in the catalog.
//
// All refusals are reported together: the error joins a *Refusal for each place, in the order of the text. A
// statement that GoogleSQL rejects gives GoogleSQL's own error.
func Rewrite(catalog *googlesql.Catalog, sql string) (string, error) {
	r, root, err := newRewriter(catalog, sql)
	if err != nil {
		return "", fmt.Errorf("rewrite for DuckDB: %w", err)
	}
	text := r.text(root)
	if len(r.refusals) == 0 {
		return text, nil
	}
	slices.SortStableFunc(r.refusals, func(a, b *Refusal) int { return cmp.Compare(a.Offset, b.Offset) })
	var refused []error
	seen := map[string]bool{}
	for _, refusal := range r.refusals {
		if message := refusal.Error(); !seen[message] { // a node may be visited more than once
			seen[message] = true
			refused = append(refused, refusal)
		}
	}
	return "", errors.Join(refused...)
}

// Refusal reports a construct that has no known equivalent in DuckDB.
type Refusal struct {
	Line, Column int    // of the construct's first character, from 1
	Construct    string // as the statement names it: "APPROX_QUANTILES", "operator ^"
	Reason       string // why, and what to write instead
	Offset       int    // of the construct in the statement, in bytes
}

// Error formats the refusal as "line:column: construct: reason".
func (e *Refusal) Error() string {
	return fmt.Sprintf("%d:%d: %s: %s", e.Line, e.Column, e.Construct, e.Reason)
}

// rewriter turns nodes into text. The text of an expression that is not kept as written is always a single
// operand: a call, a CAST, a CASE … END, or in parentheses. It can therefore replace the node among any
// operators.
type rewriter struct {
	sql       string
	facts     facts
	names     *names
	kinds     map[string]func(*rewriter, *node) string
	functions map[string]function
	refusals  []*Refusal
}

// newRewriter parses and analyzes a statement.
func newRewriter(catalog *googlesql.Catalog, sql string) (*rewriter, *node, error) {
	root, err := parse(sql)
	if err != nil {
		return nil, nil, fmt.Errorf("parse: %w", err)
	}
	f := facts{
		types: map[span]string{}, tables: map[span]table{}, special: map[span]string{}, fields: map[span]bool{},
		rows: map[span]bool{},
	}
	err = catalog.Analyze(sql, func(statement goccy.ResolvedStatementNode) error {
		f.add(statement)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("analyze: %w", err)
	}
	return &rewriter{sql: sql, facts: f, names: namesOf(sql, root, f), kinds: kinds(), functions: functions()}, root, nil
}

// refuse records that n cannot be rewritten. Its result stands in for n's text and is never used.
func (r *rewriter) refuse(n *node, construct, reason string) string {
	pos := diag.At(r.sql, n.Start)
	r.refusals = append(r.refusals, &Refusal{pos.Line, pos.Col, construct, reason, n.Start})
	return "NULL"
}

const unknown = "has no known equivalent in DuckDB"

// refuseUnknown refuses a form of a construct, such as "of JSON", that has no known equivalent; an empty form
// stands for the whole construct.
func (r *rewriter) refuseUnknown(n *node, construct, form string) string {
	return r.refuse(n, construct, strings.TrimSpace(form+" "+unknown))
}

// source returns the text of n as it was written.
func (r *rewriter) source(n *node) string { return r.sql[n.Start:n.End] }

// typeOf returns the type of an expression in GoogleSQL's spelling, empty when it is unknown. The analyzer
// turns a CAST or an array of literals into one literal and records no types for those inside.
func (r *rewriter) typeOf(n *node) string {
	place := n.Range
	if n.Parent != nil && n.Parent.Kind == "AnalyticFunctionCall" && n.Kind == "FunctionCall" {
		place = n.Parent.Range // it includes the OVER
	}
	t, ok := r.facts.types[place]
	if !ok {
		return r.ownType(n)
	}
	if own := castType(n); own != "" { // the analyzer turns a CAST of a literal into a literal of the type in its place
		return own
	}
	return t
}

// text returns n in DuckDB's dialect.
func (r *rewriter) text(n *node) string {
	if t := r.typeOf(n); t != "" {
		if _, ok := duckType(t); !ok {
			return r.refuseUnknown(n, "type "+t, "")
		}
	}
	if words, ok := spliced[n.Kind]; ok {
		return r.splice(n, words, r.text)
	}
	if words, ok := bareNumbers[n.Kind]; ok {
		return r.splice(n, words, r.bareText)
	}
	if rewrite, ok := r.kinds[n.Kind]; ok {
		return rewrite(r, n)
	}
	return r.refuseUnknown(n, wording(n), "")
}

// kinds returns how each kind of node is rewritten that is neither in spliced nor in bareNumbers.
func kinds() map[string]func(*rewriter, *node) string {
	return map[string]func(*rewriter, *node) string{
		"IntLiteral":                   (*rewriter).literal,
		"FloatLiteral":                 (*rewriter).literal,
		"NullLiteral":                  (*rewriter).literal,
		"StringLiteral":                (*rewriter).literal,
		"NumericLiteral":               (*rewriter).literal,
		"DateOrTimeLiteral":            (*rewriter).literal,
		"JSONLiteral":                  (*rewriter).literal,
		"ParameterExpr":                (*rewriter).parameter,
		"Identifier":                   func(_ *rewriter, n *node) string { return quoteName(n.Value) },
		"Select":                       (*rewriter).selection,
		"PathExpression":               (*rewriter).path,
		"BinaryExpression":             (*rewriter).binary,
		"UnaryExpression":              (*rewriter).unary,
		"InExpression":                 (*rewriter).in,
		"BetweenExpression":            (*rewriter).between,
		"CaseNoValueExpression":        (*rewriter).caseOf,
		"CaseValueExpression":          (*rewriter).caseOf,
		"CastExpression":               (*rewriter).cast,
		"ExtractExpression":            (*rewriter).extract,
		"FunctionCall":                 (*rewriter).functionCall,
		"AnalyticFunctionCall":         (*rewriter).analytic,
		"ArrayConstructor":             (*rewriter).arrayOf,
		"ArrayElement":                 (*rewriter).element,
		"StructConstructorWithKeyword": (*rewriter).structure,
		"StructConstructorWithParens":  (*rewriter).parenthesized,
		"DotIdentifier":                (*rewriter).field,
		"Alias":                        func(r *rewriter, n *node) string { return "AS " + r.text(n.Children[0]) },
		"Location":                     (*rewriter).keywords,
		"SelectColumn":                 (*rewriter).selectColumn,
		"StarWithModifiers":            (*rewriter).star,
		"DotStarWithModifiers":         (*rewriter).star,
		"Star":                         (*rewriter).star,
		"DotStar":                      (*rewriter).star,
		"Join":                         (*rewriter).join,
		"TablePathExpression":          (*rewriter).table,
		"MergeStatement":               (*rewriter).merge,
		"UpdateSetValue":               (*rewriter).assignment,
	}
}

// operand returns n's text, in parentheses unless it is a single operand already.
func (r *rewriter) operand(n *node) string {
	switch n.Kind {
	case "BinaryExpression", "UnaryExpression", "AndExpr", "OrExpr", "InExpression", "BetweenExpression":
		return "(" + r.text(n) + ")"
	}
	return r.text(n)
}

// wording names a node's construct in words: "table subquery" for the kind TableSubquery.
func wording(n *node) string {
	var b strings.Builder
	for i, c := range n.Kind {
		if i > 0 && unicode.IsUpper(c) && !unicode.IsUpper(rune(n.Kind[i-1])) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// facts holds what the analyzer knows about the statement, by place in its text.
type facts struct {
	types   map[span]string // of expressions, before any implicit cast; of a literal, after it
	tables  map[span]table  // what paths in FROM refer to
	special map[span]string // why an expression is not what it looks like
	fields  map[span]bool   // expressions that are a field of a STRUCT
	rows    map[span]bool   // a table's name that stands for its row, among other STRUCTs
}

// table describes a table of the catalog.
type table struct {
	name    string
	columns []string
}

// add records n and every node below it. Of two expressions at one place, the outer is the one that the text
// stands for. An implicit cast has no place in the text, so what it casts keeps its own type.
func (f facts) add(n goccy.ResolvedNode) {
	if start, end, ok := googlesql.Span(n); ok {
		f.note(span{Start: start, End: end}, n)
	}
	for _, c := range googlesql.Must(n.GetChildNodes()) {
		f.add(c)
	}
}

func (f facts) note(place span, n goccy.ResolvedNode) {
	switch n := n.(type) {
	case *goccy.ResolvedTableScan:
		found := googlesql.Must(n.Table())
		t := table{name: googlesql.Must(found.Name())}
		for i := range googlesql.Must(found.NumColumns()) {
			t.columns = append(t.columns, googlesql.Must(googlesql.Must(found.GetColumn(i)).Name()))
		}
		f.tables[place] = t
	case *goccy.ResolvedMakeStruct:
		f.rows[place] = true
	case *goccy.ResolvedGetStructField:
		f.fields[place] = true
	case *goccy.ResolvedAggregateFunctionCall:
		if refs, outer := columnRefs(n); outer > 0 && outer == refs {
			f.special[place] = "of an outer query's columns alone; DuckDB takes it for an aggregate of that query"
		}
	case *goccy.ResolvedGetJsonField:
		f.special[place] = "a field of JSON; use JSON_VALUE"
	}
	expression, ok := n.(goccy.ResolvedExprNode)
	if _, known := f.types[place]; ok && !known {
		f.types[place] = googlesql.TypeName(googlesql.Must(expression.Type()))
	}
}

// columnRefs counts the columns that an expression refers to, and those of them that belong to an outer query.
func columnRefs(n goccy.ResolvedNode) (all, outer int) {
	if ref, ok := n.(*goccy.ResolvedColumnRef); ok {
		all++
		if googlesql.Must(ref.IsCorrelated()) {
			outer++
		}
	}
	for _, c := range googlesql.Must(n.GetChildNodes()) {
		a, o := columnRefs(c)
		all, outer = all+a, outer+o
	}
	return all, outer
}
