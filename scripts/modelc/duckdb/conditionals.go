package duckdb

import (
	"fmt"
	"strings"
)

func conditionals() map[string]function {
	return map[string]function{
		"IF":       {min: 3, max: 3, rewrite: ifElse},
		"IFNULL":   {min: 2, max: 2, rewrite: coalesce},
		"COALESCE": {min: 1, max: -1, rewrite: coalesce},
		"NULLIF":   {min: 2, max: 2, rewrite: nullIf},
		"GREATEST": {min: 1, max: -1, rewrite: extreme},
		"LEAST":    {min: 1, max: -1, rewrite: extreme},
		"ERROR":    {min: 1, max: 1},
	}
}

func ifElse(c *call) string {
	result := c.results(c.args[1], c.args[2])
	return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", c.arg(0), result(c.args[1]), result(c.args[2]))
}

func coalesce(c *call) string {
	return "COALESCE(" + c.list(c.results(c.args...)) + ")"
}

func nullIf(c *call) string {
	if !isComparable(c.typeOf(c.args[0])) || !isComparable(c.typeOf(c.args[1])) {
		return c.refuse(c.n, c.name, "of "+c.typeOf(c.args[0])+" "+unknownReason)
	}
	return "NULLIF(" + c.list(c.results(c.args...)) + ")"
}

// extreme is NULL when any argument is; DuckDB passes over the NULLs.
func extreme(c *call) string {
	if !isComparable(c.typeOf(c.n)) {
		return c.refuse(c.n, c.name, "of "+c.typeOf(c.n)+" "+unknownReason)
	}
	name := strings.ToLower(c.name)
	text := c.results(c.args...)
	call := fmt.Sprintf("%s(%s)", name, c.list(text))
	var nulls []string
	for _, a := range c.args {
		if !isNumber(a) && a.kind != "StringLiteral" && !c.isNegative(a) {
			nulls = append(nulls, c.operand(a)+" IS NULL")
		}
	}
	if len(nulls) == 0 {
		return call
	}
	return fmt.Sprintf("CASE WHEN %s THEN NULL ELSE %s END", strings.Join(nulls, " OR "), call)
}
