package duckdb

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kinds of operators.
const (
	equality = iota + 1
	order
	truth
	pattern
	arithmetic
	concatenation
)

// operators lists the operators between two operands that are rewritten.
var operators = map[string]int{
	"=": equality, "!=": equality, "<>": equality, "IS DISTINCT FROM": equality, "IS NOT DISTINCT FROM": equality,
	"<": order, "<=": order, ">": order, ">=": order,
	"IS": truth, "IS NOT": truth,
	"LIKE": pattern, "NOT LIKE": pattern,
	"+": arithmetic, "-": arithmetic, "*": arithmetic, "/": arithmetic,
	"||": concatenation,
}

// unaryOperators lists the operators before one operand that are rewritten.
var unaryOperators = []string{"-", "+", "NOT"}

// binary is an expression with an operator between two operands.
func (r *rewriter) binary(n *node) string {
	operator := r.operator(n)
	left, right := n.Children[0], n.Children[len(n.Children)-1]
	switch operators[operator] {
	case equality:
		if isStruct(r.typeOf(left)) {
			return r.structsCompared(n, operator, left, right)
		}
		return r.compared(n, "operator "+operator, operator, left, right)
	case order:
		return r.compared(n, "operator "+operator, operator, left, right)
	case truth:
		return r.splice(n, operator, r.bareText)
	case pattern:
		return r.like(n, operator, right)
	case arithmetic:
		return r.arithmetic(n, operator, left, right)
	case concatenation:
		if t := r.typeOf(n); t != "STRING" {
			return r.refuseUnknown(n, "operator ||", "of "+t)
		}
		return r.typed(n, r.splice(n, operator, r.text), left, right)
	}
	return r.refuseUnknown(n, "operator "+operator, "")
}

// typed gives its type to the text of an expression. DuckDB takes an expression with an operand that is always
// NULL for a NULL without a type.
func (r *rewriter) typed(n *node, text string, operands ...*node) string {
	duck, ok := duckType(r.typeOf(n))
	if !ok || !slices.ContainsFunc(operands, r.hasNull) {
		return text
	}
	return fmt.Sprintf("CAST(%s AS %s)", text, duck)
}

// hasNull reports whether n, or a part of it, may be NULL in every row: NULL itself, and what is computed from
// literals alone.
func (r *rewriter) hasNull(n *node) bool {
	switch n.Kind {
	case "StringLiteral", "NumericLiteral", "BooleanLiteral", "DateOrTimeLiteral", "PathExpression", "ExpressionSubquery":
		return false
	}
	if isNumber(n) || r.isNegative(n) {
		return false
	}
	return r.typeOf(n) != "" && !r.hasColumn(n) || slices.ContainsFunc(n.Children, r.hasNull)
}

// hasColumn reports whether a column or a subquery is part of n.
func (r *rewriter) hasColumn(n *node) bool {
	switch n.Kind {
	case "PathExpression":
		_, isValue := r.facts.types[n.Range] // the name of a function or of a part of a date is none
		return isValue
	case "Star", "ExpressionSubquery":
		return true
	}
	return slices.ContainsFunc(n.Children, r.hasColumn)
}

// beside returns how each of some nodes is written that DuckDB converts to one type: literals without a type
// when another node has one, and each NUMERIC converted to FLOAT64 by its digits when one of them is a
// FLOAT64.
func (r *rewriter) beside(nodes ...*node) func(*node) string {
	typed := slices.ContainsFunc(nodes, func(n *node) bool { return !r.isLiteral(n) })
	float := slices.ContainsFunc(nodes, func(n *node) bool { return r.typeOf(n) == "FLOAT64" })
	return func(n *node) string {
		switch {
		case !slices.Contains(nodes, n):
			return r.text(n)
		case typed && r.isLiteral(n), isUntyped(n):
			return r.bare(n)
		case float && r.typeOf(n) == "NUMERIC":
			return numericToFloat(r.text(n))
		}
		return r.text(n)
	}
}

// results is beside for nodes one of which becomes the value of the whole: if no other gives the type, the
// first literal does.
func (r *rewriter) results(nodes ...*node) func(*node) string {
	beside := r.beside(nodes...)
	if slices.ContainsFunc(nodes, func(n *node) bool { return !isUntyped(n) }) {
		return beside
	}
	return func(n *node) string {
		if n == nodes[0] {
			return r.text(n)
		}
		return beside(n)
	}
}

// compared is an expression that compares its operands.
func (r *rewriter) compared(n *node, construct, words string, operands ...*node) string {
	for _, operand := range operands {
		if t := r.typeOf(operand); !isComparable(t) {
			return r.refuseUnknown(n, construct, "of "+t)
		}
	}
	return r.splice(n, words, r.beside(operands...))
}

// like uses backslash as the escape, which DuckDB does not by default.
func (r *rewriter) like(n *node, operator string, pattern *node) string {
	if t := r.typeOf(pattern); t != "STRING" {
		return r.refuseUnknown(n, operator, "of "+t)
	}
	text := r.splice(n, operator, r.text)
	escaped := fmt.Sprintf(`(%s ESCAPE '\')`, text)
	switch {
	case pattern.Kind != "StringLiteral":
		return fmt.Sprintf(`CASE WHEN regexp_matches(%s, '%s') THEN error('the LIKE pattern ends with a backslash') ELSE %s END`,
			r.text(pattern), openEscape, escaped)
	case !strings.Contains(pattern.Value, `\`):
		return text
	case regexp.MustCompile(openEscape).MatchString(pattern.Value):
		return r.refuse(pattern, operator, "the pattern ends with a backslash")
	}
	return escaped
}

// openEscape matches a LIKE pattern whose last backslash escapes nothing.
const openEscape = `(^|[^\\])(\\\\)*\\$`

func (r *rewriter) unary(n *node) string {
	operator := r.operator(n)
	switch {
	case r.isNegative(n) && isInt(n.Children[0]):
		return fmt.Sprintf("(%s)::%s", r.bare(n), scalars[r.typeOf(n)])
	case slices.Contains(unaryOperators, operator):
		return r.typed(n, r.splice(n, operator, r.text), n.Children...)
	}
	return r.refuseUnknown(n, "operator "+operator, "")
}

func (r *rewriter) between(n *node) string {
	operands := slices.DeleteFunc(slices.Clone(n.Children), func(c *node) bool { return c.Kind == "Location" })
	return r.compared(n, "BETWEEN", "NOT BETWEEN AND", operands...)
}

func (r *rewriter) in(n *node) string {
	value, source := n.Children[0], n.Children[len(n.Children)-1]
	if t := r.typeOf(value); !isComparable(t) {
		return r.refuseUnknown(n, "IN", "of "+t)
	}
	text, list := r.text, r.text
	switch source.Kind {
	case "InList":
		text = r.beside(append([]*node{value}, source.Children...)...)
		list = func(c *node) string { return r.splice(c, "", text) }
	case "UnnestExpression":
		if len(source.Children) != 1 || len(source.Children[0].Children) != 1 {
			return r.refuseUnknown(source, "UNNEST", "of several arrays")
		}
		list = func(*node) string { return "(SELECT UNNEST(" + r.text(source.Children[0].Children[0]) + "))" }
	}
	return r.splice(n, "NOT", func(c *node) string {
		if c == source {
			return list(c)
		}
		return text(c)
	})
}

// caseOf converts the results to one type, and the values that are compared to another.
func (r *rewriter) caseOf(n *node) string {
	var compared, results []*node
	list := n.Children
	if n.Kind == "CaseValueExpression" {
		compared, list = append(compared, list[0]), list[1:]
	}
	for len(list) >= 2 {
		compared, results, list = append(compared, list[0]), append(results, list[1]), list[2:]
	}
	results = append(results, list...) // ELSE
	for _, c := range compared {
		if t := r.typeOf(c); n.Kind == "CaseValueExpression" && !isComparable(t) {
			return r.refuseUnknown(n, "CASE", "of "+t)
		}
	}
	value, result := r.beside(compared...), r.results(results...)
	return r.splice(n, "CASE WHEN THEN ELSE END", func(c *node) string {
		switch {
		case slices.Contains(results, c):
			return result(c)
		case n.Kind == "CaseValueExpression":
			return value(c)
		}
		return r.text(c)
	})
}

// arrayOf gives its type to an empty array too.
func (r *rewriter) arrayOf(n *node) string {
	t := r.typeOf(n)
	if t == "" && n.Parent.Kind == "CastExpression" { // of nothing, which has the type that it is cast to
		t = r.writtenType(n.Parent.Children[1])
	}
	duck, ok := duckType(t)
	if !ok {
		return r.refuseUnknown(n, "array", "")
	}
	var elements []string
	element, _ := elementOf(t)
	for _, c := range n.Children {
		switch {
		case c.Kind == "ArrayType":
		case isNumber(c) && element == "NUMERIC":
			elements = append(elements, quote(r.source(c)))
		default:
			elements = append(elements, r.bareText(c))
		}
	}
	return fmt.Sprintf("CAST([%s] AS %s)", strings.Join(elements, ", "), duck)
}

// element is an array's element. DuckDB counts from 1 and gives NULL for a place that does not exist.
func (r *rewriter) element(n *node) string {
	array, index := n.Children[0], n.Children[len(n.Children)-1]
	if index.Kind != "FunctionCall" || len(index.Children) != 2 {
		return r.refuse(n, "array element",
			"say how it counts: a[OFFSET(0)], a[ORDINAL(1)], a[SAFE_OFFSET(0)] or a[SAFE_ORDINAL(1)]")
	}
	name, place := pathName(index.Children[0]), index.Children[1]
	number, ok := r.integer(place)
	if strings.HasSuffix(name, "OFFSET") {
		number++
	}
	if !ok || number < 1 {
		return r.refuse(place, "array element", "the place must be a literal of at least 0 (OFFSET) or 1 (ORDINAL)")
	}
	text := r.operand(array)
	switch name {
	case "SAFE_OFFSET", "SAFE_ORDINAL":
		return r.typed(n, fmt.Sprintf("%s[%d]", text, number), array)
	case "OFFSET", "ORDINAL":
		return r.typed(n, fmt.Sprintf("CASE WHEN len(%s) < %d THEN error('array has no element %d') ELSE %s[%d] END",
			text, number, number, text, number), array)
	}
	return r.refuseUnknown(n, name, "")
}

// structure is STRUCT(…) with a name for every field.
func (r *rewriter) structure(n *node) string {
	var fields []string
	for _, c := range n.Children {
		if c.Kind != "StructConstructorArg" {
			return r.refuseUnknown(c, wording(c), "")
		}
		name := outputName(c)
		if name == "" {
			return r.refuse(c, "STRUCT", "its fields need names: AS name")
		}
		fields = append(fields, quote(name)+": "+r.text(c.Children[0]))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// parenthesized is a group of columns in a grouping set; a STRUCT without names is refused.
func (r *rewriter) parenthesized(n *node) string {
	switch n.Parent.Kind {
	case "GroupingSet", "Rollup", "Cube":
		return r.splice(n, "", r.text)
	}
	return r.refuseUnknown(n, wording(n), "")
}

// field is a field of a STRUCT that is not a column.
func (r *rewriter) field(n *node) string {
	if reason := r.facts.special[n.Range]; reason != "" {
		return r.refuse(n, r.source(n), reason)
	}
	return fmt.Sprintf("struct_extract(%s, %s)", r.text(n.Children[0]), quote(n.Children[1].Value))
}
