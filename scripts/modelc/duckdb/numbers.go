package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
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
		return fmt.Sprintf("(%s / %s)", r.dividend(left), r.divisor(left, right))
	case "NUMERIC":
		return r.numeric(n, operator, left, right)
	case "DATE":
		return r.splice(n, operator, r.days)
	}
	return r.refuseUnknown(n, "operator "+operator, "giving "+r.typeOf(n))
}

// days is a DATE, or a number of days beside one, which must be an INTEGER in DuckDB.
func (r *rewriter) days(n *node) string {
	switch {
	case r.typeOf(n) == "DATE":
		return r.text(n)
	case r.isLiteral(n):
		return r.bare(n)
	}
	return fmt.Sprintf("CAST(%s AS INTEGER)", r.text(n))
}

// powerOfTen matches the divisors of a NUMERIC.
var powerOfTen = regexp.MustCompile(`^10{0,9}$`)

// numeric keeps nine decimals. A product has exactly eighteen in DuckDB and is rounded half away from zero,
// as in GoogleSQL; one that does not fit in 38 digits is an error. A quotient would be a DOUBLE, so only
// powers of ten divide.
func (r *rewriter) numeric(n *node, operator string, left, right *node) string {
	if operator != "/" {
		text := r.typed(n, r.splice(n, operator, r.beside(left, right)), left, right)
		if operator == "*" && r.typeOf(left) == "NUMERIC" && r.typeOf(right) == "NUMERIC" &&
			!isInt(left) && !isInt(right) {
			return fmt.Sprintf("CAST(%s AS DECIMAL(38, 9))", text)
		}
		return text
	}
	if !isInt(right) || !powerOfTen.MatchString(r.source(right)) {
		return r.refuse(n, "division of NUMERIC",
			"DuckDB gives a FLOAT64; multiply by a NUMERIC, divide by 10, 100, …, or cast both to FLOAT64")
	}
	dividend, zeros := r.operand(left), len(r.source(right))-1
	if r.typeOf(left) != "NUMERIC" {
		dividend = fmt.Sprintf("CAST(%s AS DECIMAL(38, 9))", r.text(left))
	}
	if zeros > 0 {
		dividend = fmt.Sprintf("%s * '0.%0*d'::DECIMAL(%d, %d)", dividend, zeros, 1, zeros+1, zeros)
	}
	return fmt.Sprintf("CAST(%s AS DECIMAL(38, 9))", dividend)
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

// divisor fails when it is zero, unless the dividend is NULL. DuckDB would give an infinity.
func (r *rewriter) divisor(dividend, n *node) string {
	text := r.dividend(n)
	if r.neverZero(n) {
		return text
	}
	return fmt.Sprintf("CASE WHEN %s THEN error('division by zero') ELSE %s END", r.isZero(dividend, text), text)
}

// isZero is the condition that a divisor is zero and its dividend is not NULL.
func (r *rewriter) isZero(dividend *node, divisor string) string {
	condition := divisor + " = 0"
	if !isNumber(dividend) && !r.isNegative(dividend) {
		condition += fmt.Sprintf(" AND %s IS NOT NULL", r.operand(dividend))
	}
	return condition
}

// neverZero reports whether n is a literal other than zero, or NULLIF(…, 0).
func (r *rewriter) neverZero(n *node) bool {
	if n.Kind == "FunctionCall" && pathName(n.Children[0]) == "NULLIF" && len(n.Children) == 3 {
		value, err := strconv.ParseFloat(r.source(n.Children[2]), 64)
		return err == nil && value == 0
	}
	value, err := strconv.ParseFloat(r.source(n), 64)
	return err == nil && isNumber(n) && value != 0
}

func safeDivide(c *call) string {
	if c.typeOf(c.n) != "FLOAT64" {
		return c.refuse(c.n, "SAFE_DIVIDE of NUMERIC", "DuckDB divides as FLOAT64; cast both to FLOAT64")
	}
	dividend, divisor := c.dividend(c.args[0]), c.dividend(c.args[1])
	if c.neverZero(c.args[1]) {
		return fmt.Sprintf("(%s / %s)", dividend, divisor)
	}
	return fmt.Sprintf("(%s / NULLIF(%s, 0))", dividend, divisor)
}

func quotient(c *call) string {
	return fmt.Sprintf("(%s // %s)", c.operand(c.args[0]), c.divisor(c.args[0], c.args[1]))
}

// remainder by -1 is 0, where DuckDB fails for the least INT64.
func remainder(c *call) string {
	dividend, divisor := c.operand(c.args[0]), c.operand(c.args[1])
	if c.neverZero(c.args[1]) {
		return fmt.Sprintf("(%s %% %s)", dividend, c.bareText(c.args[1]))
	}
	return fmt.Sprintf("(%s %% CASE WHEN %s THEN error('division by zero') WHEN %s = -1 THEN 1 ELSE %s END)",
		dividend, c.isZero(c.args[0], divisor), divisor, divisor)
}

func abs(c *call) string {
	return c.typed(c.n, c.asWritten("abs"), c.args...)
}

func sign(c *call) string {
	duck, ok := duckType(c.typeOf(c.n))
	if !ok {
		return c.refuseUnknown(c.n, c.name, "")
	}
	return fmt.Sprintf("CAST(sign(%s) AS %s)", c.arg(0), duck)
}

// round rounds half away from zero. GoogleSQL rounds a FLOAT64 by the exact value of the double. DuckDB
// multiplies it first, which can turn slightly less than a half into a half; so the digits are written out
// and rounded as a decimal. A number with too many digits for one is whole. With more than four decimals,
// GoogleSQL's own result sometimes differs from the nearest double by one unit in the last place.
func round(c *call) string {
	switch t := c.typeOf(c.n); {
	case len(c.args) == 1 && t == "FLOAT64":
		return fmt.Sprintf("round(%s)", c.toFloat(c.args[0]))
	case len(c.args) == 1 && t == "NUMERIC":
		return fmt.Sprintf("CAST(round(%s) AS DECIMAL(38, 9))", c.arg(0))
	case len(c.args) == 2:
		digits, ok := c.integer(c.args[1])
		most := map[string]int64{"NUMERIC": 9, "FLOAT64": 4}[t]
		if !ok || digits < 0 || digits > most {
			reason := fmt.Sprintf("the number of decimals of a %s must be a literal from 0 to %d", t, most)
			return c.refuse(c.args[1], "ROUND", reason)
		}
		if t == "NUMERIC" {
			return fmt.Sprintf("CAST(round(%s, %d) AS DECIMAL(38, 9))", c.arg(0), digits)
		}
		number := c.toFloat(c.args[0])
		return fmt.Sprintf("COALESCE(CAST(TRY_CAST(printf('%%.40f', %s) AS DECIMAL(38, %d)) AS DOUBLE), %s)",
			number, digits, number)
	}
	return c.refuseUnknown(c.n, c.name, "of "+c.typeOf(c.n))
}

// whole returns the type of its argument, with an INT64 cast to FLOAT64.
func whole(name string) func(c *call) string {
	return func(c *call) string {
		if c.typeOf(c.n) == "NUMERIC" {
			return fmt.Sprintf("CAST(%s(%s) AS DECIMAL(38, 9))", name, c.arg(0))
		}
		return fmt.Sprintf("%s(%s)", name, c.toFloat(c.args[0]))
	}
}

// ofFloat is a function that DuckDB computes as FLOAT64 only.
func ofFloat(name string) func(c *call) string {
	return func(c *call) string {
		if t := c.typeOf(c.n); t != "FLOAT64" {
			return c.refuseUnknown(c.n, c.name, "of "+t)
		}
		return fmt.Sprintf("%s(%s)", name, c.toFloat(c.args[0]))
	}
}
