package duckdb

import "fmt"

func numbers() map[string]function {
	return map[string]function{
		"SAFE_DIVIDE": {min: 2, max: 2, rewrite: safeDivide},
		"DIV":         {min: 2, max: 2, rewrite: div},
		"MOD":         {min: 2, max: 2, rewrite: mod},
		"ABS":         {min: 1, max: 1},
		"SIGN":        {min: 1, max: 1, rewrite: sign},
		"ROUND":       {min: 1, max: 2, rewrite: round},
		"CEIL":        {min: 1, max: 1, rewrite: whole("ceil")},
		"CEILING":     {min: 1, max: 1, rewrite: whole("ceil")},
		"FLOOR":       {min: 1, max: 1, rewrite: whole("floor")},
		"TRUNC":       {min: 1, max: 1, rewrite: whole("trunc")},
		"SQRT":        {min: 1, max: 1, rewrite: square},
	}
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

// div rounds towards zero in both dialects.
func div(c *call) string { return c.quotient("//") }

// mod has the sign of the first argument in both dialects.
func mod(c *call) string { return c.quotient("%%") }

func (c *call) quotient(operator string) string {
	if !c.typeIs(0, "INT64") || !c.typeIs(1, "INT64") {
		return "NULL"
	}
	return fmt.Sprintf("(%s "+operator+" %s)", c.operand(c.args[0]), c.divisor(c.args[1]))
}

func sign(c *call) string {
	duck, ok := duckType(c.typeOf(c.n))
	if !ok {
		return c.refuse(c.n, c.name, unknownReason)
	}
	return fmt.Sprintf("CAST(sign(%s) AS %s)", c.arg(0), duck)
}

// round goes half away from zero. GoogleSQL rounds a FLOAT64 by what the double is exactly; DuckDB multiplies it first,
// which can make a half of what is less: so the digits are written out and rounded as a decimal. With more than four
// decimals GoogleSQL's own result is now and then one unit in the last place beside the nearest double.
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
			return c.refuse(c.args[1], "ROUND", fmt.Sprintf("of %s the number of decimals must be a literal from 0 to %d", t, most))
		}
		if t == "NUMERIC" {
			return fmt.Sprintf("CAST(round(%s, %d) AS DECIMAL(38, 9))", c.arg(0), digits)
		}
		return fmt.Sprintf("CAST(CAST(printf('%%.40f', %s) AS DECIMAL(38, %d)) AS DOUBLE)", c.toFloat(c.args[0]), digits)
	}
	return c.refuse(c.n, c.name, "of "+c.typeOf(c.n)+" "+unknownReason)
}

// whole gives the type of its argument, an INT64 made a FLOAT64.
func whole(name string) func(c *call) string {
	return func(c *call) string {
		if c.typeOf(c.n) == "NUMERIC" {
			return fmt.Sprintf("CAST(%s(%s) AS DECIMAL(38, 9))", name, c.arg(0))
		}
		return fmt.Sprintf("%s(%s)", name, c.toFloat(c.args[0]))
	}
}

func square(c *call) string {
	if c.typeOf(c.n) != "FLOAT64" {
		return c.refuse(c.n, c.name, "of "+c.typeOf(c.n)+" "+unknownReason)
	}
	return fmt.Sprintf("sqrt(%s)", c.toFloat(c.args[0]))
}
