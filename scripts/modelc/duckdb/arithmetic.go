package duckdb

import (
	"fmt"
	"strconv"
	"strings"
)

// arithmetic is + - * /, of numbers or of a DATE and a number of days.
func (r *rewriter) arithmetic(n *node, operator string, left, right *node) string {
	switch r.typeOf(n) {
	case "INT64":
		if operator != "/" && r.typeOf(left) == "INT64" && r.typeOf(right) == "INT64" { // not DATE - DATE
			return r.splice(n, operator, r.beside(left, right))
		}
	case "FLOAT64":
		if operator != "/" {
			return r.splice(n, operator, r.beside(left, right))
		}
		return fmt.Sprintf("(%s / %s)", r.dividend(left), r.divisor(right))
	case "NUMERIC":
		return r.numeric(n, operator, left, right)
	case "DATE":
		return r.splice(n, operator, r.days)
	}
	return r.refuse(n, "operator "+operator, "giving "+r.typeOf(n)+" "+unknownReason)
}

// days is a DATE, or a number of days beside one, which DuckDB wants as an INTEGER.
func (r *rewriter) days(n *node) string {
	switch {
	case r.typeOf(n) == "DATE":
		return r.text(n)
	case r.isLiteral(n):
		return r.bare(n)
	}
	return fmt.Sprintf("CAST(%s AS INTEGER)", r.text(n))
}

// numeric keeps nine decimals. A product has eighteen in DuckDB, exactly, and is rounded half away from zero as in
// GoogleSQL; one that does not fit in 38 digits is an error. A quotient would be a DOUBLE: only a power of ten divides.
func (r *rewriter) numeric(n *node, operator string, left, right *node) string {
	switch operator {
	case "+", "-":
		return r.splice(n, operator, r.beside(left, right))
	case "*":
		text := r.splice(n, operator, r.beside(left, right))
		if r.typeOf(left) == "NUMERIC" && r.typeOf(right) == "NUMERIC" && !(isInt(left) || isInt(right)) {
			return fmt.Sprintf("CAST(%s AS DECIMAL(38, 9))", text)
		}
		return text
	}
	digits := strings.TrimLeft(r.source(right), "1")
	if right.kind == "IntLiteral" && strings.HasPrefix(r.source(right), "1") && len(digits) <= 9 && strings.Trim(digits, "0") == "" &&
		len(digits)+1 == len(r.source(right)) {
		factor := "1"
		if len(digits) > 0 {
			factor = "0." + strings.Repeat("0", len(digits)-1) + "1"
		}
		return fmt.Sprintf("CAST(%s * %s AS DECIMAL(38, 9))", r.operandAs(left, "NUMERIC"), quote(factor)+"::DECIMAL(38, 9)")
	}
	return r.refuse(n, "division of NUMERIC",
		"DuckDB gives a FLOAT64; multiply by a NUMERIC, divide by 10, 100, …, or cast both to FLOAT64")
}

func isInt(n *node) bool { return n.kind == "IntLiteral" }

func (r *rewriter) operandAs(n *node, t string) string {
	if r.typeOf(n) != t {
		return fmt.Sprintf("CAST(%s AS %s)", r.text(n), scalars[t])
	}
	return r.operand(n)
}

func (r *rewriter) dividend(n *node) string {
	switch {
	case isNumber(n):
		return r.bare(n)
	case r.typeOf(n) == "NUMERIC":
		return numericToFloat(r.text(n))
	}
	return r.operand(n)
}

// divisor is an error when it is zero: DuckDB would give an infinity.
func (r *rewriter) divisor(n *node) string {
	text := r.dividend(n)
	if r.neverZero(n) {
		return text
	}
	return fmt.Sprintf("CASE WHEN %s = 0 THEN error('division by zero') ELSE %s END", text, text)
}

// neverZero tells a literal other than zero, and NULLIF(…, 0).
func (r *rewriter) neverZero(n *node) bool {
	if n.kind == "FunctionCall" && n.children[0].name() == "NULLIF" && len(n.children) == 3 {
		value, err := strconv.ParseFloat(r.source(n.children[2]), 64)
		return err == nil && value == 0
	}
	value, err := strconv.ParseFloat(r.source(n), 64)
	return err == nil && isNumber(n) && value != 0
}

// integer is the value of a literal whole number, perhaps negative.
func (r *rewriter) integer(n *node) (int64, bool) {
	if n.kind != "IntLiteral" && !(r.isNegative(n) && isInt(n.children[0])) {
		return 0, false
	}
	value, err := strconv.ParseInt(strings.ReplaceAll(r.source(n), " ", ""), 10, 64)
	return value, err == nil
}
