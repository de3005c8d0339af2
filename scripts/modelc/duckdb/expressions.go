package duckdb

import (
	"fmt"
	"slices"
	"strings"
)

// binary is an expression with an operator between two operands.
func (r *rewriter) binary(n *node) string {
	operator := strings.Join(r.marks(n), " ")
	left, right := n.children[0], n.children[len(n.children)-1]
	switch operator {
	case "=", "!=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		return r.comparison(n, operator, left, right)
	case "IS", "IS NOT":
		return r.splice(n, operator, r.bareText)
	case "LIKE", "NOT LIKE":
		return r.like(n, operator, right)
	case "+", "-", "*", "/":
		return r.arithmetic(n, operator, left, right)
	case "||":
		if r.typeOf(n) == "STRING" {
			return r.splice(n, operator, r.text)
		}
		return r.refuse(n, "operator ||", "of "+r.typeOf(n)+" "+unknownReason)
	}
	return r.refuse(n, "operator "+operator, unknownReason)
}

func (r *rewriter) bareText(n *node) string {
	if r.isLiteral(n) {
		return r.bare(n)
	}
	return r.text(n)
}

// beside is how each of some nodes is written that DuckDB brings to one type: literals without a type where another
// node has one, and where NUMERIC meets FLOAT64, each NUMERIC made a FLOAT64 digit by digit.
func (r *rewriter) beside(nodes ...*node) func(*node) string {
	typed := slices.ContainsFunc(nodes, func(n *node) bool { return !r.isLiteral(n) })
	float := slices.ContainsFunc(nodes, func(n *node) bool { return r.typeOf(n) == "FLOAT64" })
	return func(n *node) string {
		switch {
		case !slices.Contains(nodes, n):
			return r.text(n)
		case typed && r.isLiteral(n), n.kind == "NullLiteral":
			return r.bare(n)
		case float:
			return r.as(n, "FLOAT64")
		}
		return r.text(n)
	}
}

// isComparable tells the types whose values compare the same in both dialects.
func isComparable(t string) bool {
	_, scalar := scalars[t]
	return t == "" || scalar && t != "JSON"
}

func (r *rewriter) comparison(n *node, operator string, left, right *node) string {
	for _, side := range []*node{left, right} {
		if t := r.typeOf(side); !isComparable(t) {
			return r.refuse(n, "operator "+operator, "of "+t+" "+unknownReason)
		}
	}
	return r.splice(n, operator, r.beside(left, right))
}

// like has backslash as the escape, which DuckDB only knows when told.
func (r *rewriter) like(n *node, operator string, pattern *node) string {
	if r.typeOf(pattern) != "STRING" {
		return r.refuse(n, operator, "of "+r.typeOf(pattern)+" "+unknownReason)
	}
	text := r.splice(n, operator, r.text)
	if pattern.kind == "StringLiteral" && !strings.Contains(pattern.value, `\`) {
		return text
	}
	return fmt.Sprintf(`(%s ESCAPE '\')`, text)
}

func (r *rewriter) unary(n *node) string {
	operator := strings.Join(r.marks(n), " ")
	switch {
	case r.isNegative(n) && n.children[0].kind == "IntLiteral":
		return fmt.Sprintf("(%s)::%s", r.bare(n), scalars[r.typeOf(n)])
	case operator == "-", operator == "+", operator == "NOT":
		return r.splice(n, operator, r.text)
	}
	return r.refuse(n, "operator "+operator, unknownReason)
}

func (r *rewriter) between(n *node) string {
	operands := slices.DeleteFunc(slices.Clone(n.children), func(c *node) bool { return c.kind == "Location" })
	for _, c := range operands {
		if t := r.typeOf(c); !isComparable(t) {
			return r.refuse(n, "BETWEEN", "of "+t+" "+unknownReason)
		}
	}
	return r.splice(n, "NOT BETWEEN AND", r.beside(operands...))
}

func (r *rewriter) in(n *node) string {
	value := n.children[0]
	if t := r.typeOf(value); !isComparable(t) {
		return r.refuse(n, "IN", "of "+t+" "+unknownReason)
	}
	beside := func(list []*node) func(*node) string {
		return r.beside(append([]*node{value}, list...)...)
	}
	switch source := n.children[len(n.children)-1]; source.kind {
	case "InList":
		text := beside(source.children)
		return r.splice(n, "NOT", func(c *node) string {
			if c == source {
				return r.splice(c, "", text)
			}
			return text(c)
		})
	case "UnnestExpression":
		array := source.children[0].children[0]
		if len(source.children) != 1 || len(source.children[0].children) != 1 {
			return r.refuse(source, "UNNEST", "of several arrays "+unknownReason)
		}
		return r.splice(n, "NOT", func(c *node) string {
			if c == source {
				return "(SELECT UNNEST(" + r.text(array) + "))"
			}
			return r.text(c)
		})
	}
	return r.splice(n, "NOT", r.text)
}

// caseOf brings the results to one type, and the values that are compared to another.
func (r *rewriter) caseOf(n *node) string {
	var compared, results []*node
	list := n.children
	if n.kind == "CaseValueExpression" {
		compared, list = append(compared, list[0]), list[1:]
	}
	for len(list) >= 2 {
		compared, results, list = append(compared, list[0]), append(results, list[1]), list[2:]
	}
	results = append(results, list...) // ELSE
	value, result := r.beside(compared...), r.results(results...)
	return r.splice(n, "CASE WHEN THEN ELSE END", func(c *node) string {
		if slices.Contains(results, c) {
			return result(c)
		}
		if n.kind == "CaseValueExpression" {
			return value(c)
		}
		return r.text(c)
	})
}

// results is beside, for nodes one of which becomes the value of the whole: unless another gives the type, the first
// literal does.
func (r *rewriter) results(nodes ...*node) func(*node) string {
	beside := r.beside(nodes...)
	if slices.ContainsFunc(nodes, func(n *node) bool { return n.kind != "NullLiteral" }) {
		return beside
	}
	return func(n *node) string {
		if n == nodes[0] {
			return r.text(n)
		}
		return beside(n)
	}
}

// array gives an empty array its type too.
func (r *rewriter) array(n *node) string {
	duck, ok := duckType(r.typeOf(n))
	if !ok {
		return r.refuse(n, "array", unknownReason)
	}
	var elements []string
	element, _ := elementOf(r.typeOf(n))
	for _, c := range n.children {
		switch {
		case c.kind == "ArrayType":
		case isNumber(c) && element == "NUMERIC":
			elements = append(elements, quote(r.source(c)))
		default:
			elements = append(elements, r.bareText(c))
		}
	}
	return fmt.Sprintf("CAST([%s] AS %s)", strings.Join(elements, ", "), duck)
}

// element is an array's element; DuckDB counts from 1, and gives NULL for a place that does not exist.
func (r *rewriter) element(n *node) string {
	array, index := n.children[0], n.children[len(n.children)-1]
	if index.kind != "FunctionCall" || len(index.children) != 2 {
		return r.refuse(n, "array element", "say how it counts: a[OFFSET(0)], a[ORDINAL(1)], a[SAFE_OFFSET(0)] or a[SAFE_ORDINAL(1)]")
	}
	name, place := index.children[0].name(), index.children[1]
	number, ok := r.integer(place)
	if strings.HasSuffix(name, "OFFSET") {
		number++
	}
	if !ok || number < 1 {
		return r.refuse(place, "array element", "the place must be a literal from 0 (OFFSET) or 1 (ORDINAL)")
	}
	text := r.operand(array)
	switch name {
	case "SAFE_OFFSET", "SAFE_ORDINAL":
		return fmt.Sprintf("%s[%d]", text, number)
	case "OFFSET", "ORDINAL":
		return fmt.Sprintf("CASE WHEN len(%s) < %d THEN error('array has no element %d') ELSE %s[%d] END",
			text, number, number, text, number)
	}
	return r.refuse(n, name, unknownReason)
}

// structure is STRUCT(…) with a name for every field.
func (r *rewriter) structure(n *node) string {
	var fields []string
	for _, c := range n.children {
		if c.kind != "StructConstructorArg" {
			return r.refuse(c, wording(c), unknownReason)
		}
		name := outputName(c)
		if name == "" {
			return r.refuse(c, "STRUCT", "its fields need names: AS name")
		}
		fields = append(fields, quote(name)+": "+r.text(c.children[0]))
	}
	return "{" + strings.Join(fields, ", ") + "}"
}
