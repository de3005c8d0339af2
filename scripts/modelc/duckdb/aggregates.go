package duckdb

import (
	"fmt"
	"strings"
)

func aggregates() map[string]function {
	return map[string]function{
		"COUNT":       {min: 1, max: 1, modifiers: "DISTINCT"},
		"COUNTIF":     {min: 1, max: 1, rewrite: countIf},
		"SUM":         {min: 1, max: 1, modifiers: "DISTINCT", rewrite: sum},
		"AVG":         {min: 1, max: 1, modifiers: "DISTINCT", rewrite: average},
		"MIN":         {min: 1, max: 1, rewrite: minMax},
		"MAX":         {min: 1, max: 1, rewrite: minMax},
		"ANY_VALUE":   {min: 1, max: 1},
		"LOGICAL_AND": {min: 1, max: 1, name: "bool_and"},
		"LOGICAL_OR":  {min: 1, max: 1, name: "bool_or"},
		"STRING_AGG":  {min: 1, max: 2, modifiers: "DISTINCT ORDER", rewrite: stringAgg},
		"ARRAY_AGG":   {min: 1, max: 1, modifiers: "DISTINCT IGNORE RESPECT NULLS ORDER LIMIT", rewrite: arrayAgg},
		"STDDEV":      {min: 1, max: 1, rewrite: spread("stddev_samp")},
		"STDDEV_SAMP": {min: 1, max: 1, rewrite: spread("stddev_samp")},
		"STDDEV_POP":  {min: 1, max: 1, rewrite: spread("stddev_pop")},
		"VARIANCE":    {min: 1, max: 1, rewrite: spread("var_samp")},
		"VAR_SAMP":    {min: 1, max: 1, rewrite: spread("var_samp")},
		"VAR_POP":     {min: 1, max: 1, rewrite: spread("var_pop")},
		"GROUPING":    {min: 1, max: 1},
	}
}

// countIf is 0 where no condition is true. DuckDB's count_if, a sum, is NULL where there are no rows or all of them are NULL.
func countIf(c *call) string {
	return fmt.Sprintf("COUNT(CASE WHEN %s THEN 1 END)", c.text(c.args[0]))
}

// sum of INT64 is a HUGEINT in DuckDB. Where it does not fit into an INT64 it is an error in both.
func sum(c *call) string {
	if c.typeOf(c.n) == "INT64" {
		c.wrap = "CAST(%s AS BIGINT)"
	}
	return c.asWritten(c.source(c.n.children[0]), "DISTINCT", nil)
}

func average(c *call) string {
	if c.typeOf(c.n) != "FLOAT64" {
		return c.refuse(c.n, "AVG of NUMERIC", "DuckDB gives a FLOAT64; cast the argument to FLOAT64")
	}
	return c.asWritten(c.source(c.n.children[0]), "DISTINCT", nil)
}

func minMax(c *call) string {
	if !isComparable(c.typeOf(c.n)) {
		return c.refuse(c.n, c.name, "of "+c.typeOf(c.n)+" "+unknownReason)
	}
	return c.asWritten(c.source(c.n.children[0]), "", nil)
}

func spread(name string) func(c *call) string {
	return func(c *call) string {
		if c.typeOf(c.n) != "FLOAT64" {
			return c.refuse(c.n, c.name, "of NUMERIC "+unknownReason)
		}
		return fmt.Sprintf("%s(%s)", name, c.toFloat(c.args[0]))
	}
}

func stringAgg(c *call) string {
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	return c.aggregate("string_agg", "DISTINCT")
}

// arrayAgg leaves out NULLs by a filter, and cuts off the array where there is a limit.
func arrayAgg(c *call) string {
	if c.limit != nil {
		count, ok := int64(0), false
		if limit := c.limit.child("Limit"); limit != nil && len(c.limit.children) == 1 {
			count, ok = c.integer(limit.children[0])
		}
		if !ok {
			return c.refuse(c.limit, c.name, "its LIMIT must be a literal, with no OFFSET")
		}
		c.wrap = fmt.Sprintf("list_slice(%%s, 1, %d)", count)
	}
	text := c.aggregate("array_agg", "DISTINCT")
	if c.modifiers["IGNORE"] {
		text += fmt.Sprintf(" FILTER (WHERE %s IS NOT NULL)", c.operand(c.args[0]))
	}
	return text
}

// aggregate is the call without IGNORE NULLS and LIMIT.
func (c *call) aggregate(name, modifiers string) string {
	var b strings.Builder
	b.WriteString(name + "(")
	for _, word := range strings.Fields(modifiers) {
		if c.modifiers[word] {
			b.WriteString(word + " ")
		}
	}
	b.WriteString(c.list(c.text))
	if c.orderBy != nil {
		b.WriteString(" " + c.text(c.orderBy))
	}
	return b.String() + ")"
}

func windows() map[string]function {
	return map[string]function{
		"ROW_NUMBER":   {},
		"RANK":         {},
		"DENSE_RANK":   {},
		"PERCENT_RANK": {},
		"CUME_DIST":    {},
		"NTILE":        {min: 1, max: 1, literal: []int{0}},
		"LAG":          {min: 1, max: 3, rewrite: neighbour},
		"LEAD":         {min: 1, max: 3, rewrite: neighbour},
		"FIRST_VALUE":  {min: 1, max: 1, modifiers: "IGNORE RESPECT NULLS"},
		"LAST_VALUE":   {min: 1, max: 1, modifiers: "IGNORE RESPECT NULLS"},
		"NTH_VALUE":    {min: 2, max: 2, modifiers: "IGNORE RESPECT NULLS"},
	}
}

// neighbour must look in its own direction: GoogleSQL has no negative distance.
func neighbour(c *call) string {
	if len(c.args) > 1 {
		if distance, ok := c.integer(c.args[1]); !ok || distance < 0 {
			return c.refuse(c.args[1], c.name, "the distance must be a literal from 0")
		}
	}
	return c.asWritten(c.source(c.n.children[0]), "", []int{1, 2})
}
