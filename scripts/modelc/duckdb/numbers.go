package duckdb

import "fmt"

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
