package duckdb

import (
	"fmt"
	"strings"
)

func dates() map[string]function {
	return map[string]function{
		"DATE":                {min: 1, max: 3, rewrite: dateOf},
		"DATE_ADD":            {min: 2, max: 2, rewrite: shift("DATE", "+", dateParts)},
		"DATE_SUB":            {min: 2, max: 2, rewrite: shift("DATE", "-", dateParts)},
		"DATE_DIFF":           {min: 3, max: 3, rewrite: dateDiff},
		"DATE_TRUNC":          {min: 2, max: 2, rewrite: truncate},
		"LAST_DAY":            {min: 1, max: 2, rewrite: lastDay},
		"UNIX_DATE":           {min: 1, max: 1, rewrite: unixDate},
		"DATE_FROM_UNIX_DATE": {min: 1, max: 1, rewrite: dateFromUnixDate},
		"FORMAT_DATE":         {min: 2, max: 2, rewrite: format},
		"PARSE_DATE":          {min: 2, max: 2, rewrite: parseDate},
		"GENERATE_DATE_ARRAY": {min: 2, max: 3, rewrite: generateDates},
	}
}

// dateParts are the parts that a date may be moved by, as both dialects call them.
const dateParts = "DAY WEEK MONTH QUARTER YEAR"

// weekdays are the days that a week may begin on, by how far they lie behind Monday, on which DuckDB's weeks begin.
var weekdays = map[string]int{
	"WEEK(MONDAY)": 0, "ISOWEEK": 0, "WEEK(TUESDAY)": 1, "WEEK(WEDNESDAY)": 2, "WEEK(THURSDAY)": 3, "WEEK(FRIDAY)": 4,
	"WEEK(SATURDAY)": 5, "WEEK(SUNDAY)": 6, "WEEK": 6,
}

// part is a date part's name: "MONTH", "WEEK(MONDAY)".
func part(n *node) string {
	if n.kind == "FunctionCall" && len(n.children) == 2 {
		return n.children[0].name() + "(" + n.children[1].name() + ")"
	}
	if n.kind == "PathExpression" || n.kind == "Identifier" {
		return n.name()
	}
	return n.kind
}

func dateOf(c *call) string {
	switch {
	case len(c.args) == 3:
		return fmt.Sprintf("make_date(%s)", c.list(c.bareText))
	case len(c.args) == 2:
		if c.args[1].kind != "StringLiteral" || c.args[1].value != "UTC" {
			return c.refuse(c.args[1], c.name, "the only time zone is UTC")
		}
		fallthrough
	default:
		if !c.typeIs(0, "TIMESTAMP", "DATE") {
			return "NULL"
		}
		return fmt.Sprintf("CAST(%s AS DATE)", c.arg(0))
	}
}

// shift adds an interval to a date or a timestamp, or takes it away.
func shift(t, operator, parts string) func(c *call) string {
	return func(c *call) string {
		interval := c.args[1]
		if !c.typeIs(0, t) {
			return "NULL"
		}
		if interval.kind != "IntervalExpr" || len(interval.children) != 2 {
			return c.refuse(interval, c.name, "wants INTERVAL n PART")
		}
		count, unit := interval.children[0], interval.children[1]
		if !contains(strings.Fields(parts), part(unit)) {
			return c.refuse(unit, c.name, part(unit)+" "+unknownReason)
		}
		if c.typeOf(count) != "INT64" {
			return c.refuse(count, c.name, "wants a whole number of "+part(unit)+"s")
		}
		duck, _ := duckType(t)
		return fmt.Sprintf("CAST(%s %s %s AS %s)", c.operand(c.args[0]), operator, c.interval(count, part(unit)), duck)
	}
}

// interval is a number of days, months and so on as an INTERVAL.
func (c *call) interval(count *node, unit string) string {
	if count.kind == "IntLiteral" {
		return fmt.Sprintf("INTERVAL %s %s", c.bare(count), unit)
	}
	return fmt.Sprintf("INTERVAL (%s) %s", c.bareText(count), unit)
}

// dateDiff counts the boundaries between two dates, the later first; DuckDB has them the other way round. Its weeks it
// counts whole, so boundaries of weeks are counted by the weeks' first days.
func dateDiff(c *call) string {
	if !c.typeIs(0, "DATE") || !c.typeIs(1, "DATE") {
		return "NULL"
	}
	switch unit := part(c.args[2]); unit {
	case "DAY", "MONTH", "QUARTER", "YEAR":
		return fmt.Sprintf("date_diff('%s', %s, %s)", strings.ToLower(unit), c.arg(1), c.arg(0))
	default:
		behind, ok := weekdays[unit]
		if !ok {
			return c.refuse(c.args[2], c.name, unit+" "+unknownReason)
		}
		return fmt.Sprintf("((%s - %s) // 7)", c.monday(c.args[0], behind), c.monday(c.args[1], behind))
	}
}

// monday is the Monday of the week that holds a date, once that has been moved back by some days.
func (c *call) monday(date *node, back int) string {
	return fmt.Sprintf("CAST(date_trunc('week', %s) AS DATE)", plus(c.operand(date), -back))
}

// plus moves a DATE by a number of days.
func plus(date string, days int) string {
	switch {
	case days > 0:
		return fmt.Sprintf("%s + %d", date, days)
	case days < 0:
		return fmt.Sprintf("%s - %d", date, -days)
	}
	return date
}

// truncate is the first day of the part that holds a date.
func truncate(c *call) string {
	if !c.typeIs(0, "DATE") {
		return "NULL"
	}
	switch unit := part(c.args[1]); unit {
	case "DAY", "MONTH", "QUARTER", "YEAR":
		return fmt.Sprintf("CAST(date_trunc('%s', %s) AS DATE)", strings.ToLower(unit), c.arg(0))
	default:
		behind, ok := weekdays[unit]
		if !ok {
			return c.refuse(c.args[1], c.name, unit+" "+unknownReason)
		}
		monday := c.monday(c.args[0], behind)
		if behind == 0 {
			return monday
		}
		return "(" + plus(monday, behind) + ")"
	}
}

func lastDay(c *call) string {
	if !c.typeIs(0, "DATE") {
		return "NULL"
	}
	if len(c.args) == 2 && part(c.args[1]) != "MONTH" {
		return c.refuse(c.args[1], c.name, part(c.args[1])+" "+unknownReason)
	}
	return fmt.Sprintf("last_day(%s)", c.arg(0))
}

func unixDate(c *call) string { return fmt.Sprintf("(%s - DATE '1970-01-01')", c.operand(c.args[0])) }

func dateFromUnixDate(c *call) string {
	return fmt.Sprintf("(DATE '1970-01-01' + %s)", c.days(c.args[0]))
}

// generateDates steps from each date to the next: a month after January 31 comes February 28, and then March 28. A NULL
// end gives NULL in both dialects.
func generateDates(c *call) string {
	step := "INTERVAL 1 DAY"
	if len(c.args) == 3 {
		interval := c.args[2]
		if interval.kind != "IntervalExpr" || len(interval.children) != 2 {
			return c.refuse(interval, c.name, "wants INTERVAL n PART")
		}
		count, unit := interval.children[0], part(interval.children[1])
		if number, ok := c.integer(count); !ok || number < 1 {
			return c.refuse(count, c.name, "the step must be a literal from 1")
		}
		if !contains(strings.Fields(dateParts), unit) {
			return c.refuse(interval, c.name, unit+" "+unknownReason)
		}
		step = c.interval(count, unit)
	}
	return fmt.Sprintf("CAST(generate_series(%s, %s, %s) AS DATE[])", c.arg(0), c.arg(1), step)
}
