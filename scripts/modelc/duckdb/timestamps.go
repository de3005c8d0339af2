package duckdb

import (
	"fmt"
	"strings"
)

func timestamps() map[string]function {
	units := "MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY"
	return map[string]function{
		"TIMESTAMP":         {min: 1, max: 1, rewrite: timestampOf},
		"TIMESTAMP_ADD":     {min: 2, max: 2, rewrite: shift("TIMESTAMP", "+", units)},
		"TIMESTAMP_SUB":     {min: 2, max: 2, rewrite: shift("TIMESTAMP", "-", units)},
		"TIMESTAMP_DIFF":    {min: 3, max: 3, rewrite: timestampDiff},
		"TIMESTAMP_TRUNC":   {min: 2, max: 2, rewrite: timestampTrunc},
		"TIMESTAMP_SECONDS": {min: 1, max: 1, rewrite: fromEpoch(1_000_000)},
		"TIMESTAMP_MILLIS":  {min: 1, max: 1, rewrite: fromEpoch(1_000)},
		"TIMESTAMP_MICROS":  {min: 1, max: 1, rewrite: fromEpoch(1)},
		"UNIX_SECONDS":      {min: 1, max: 1, rewrite: toEpoch("second", 1_000_000)},
		"UNIX_MILLIS":       {min: 1, max: 1, rewrite: toEpoch("millisecond", 1_000)},
		"UNIX_MICROS":       {min: 1, max: 1, rewrite: toEpoch("microsecond", 1)},
		"FORMAT_TIMESTAMP":  {min: 2, max: 2, rewrite: format},
	}
}

func timestampOf(c *call) string {
	if c.args[0].kind == "StringLiteral" {
		return c.dateOrTime(c.args[0], "TIMESTAMP", c.args[0].value)
	}
	if !c.typeIs(0, "DATE", "TIMESTAMP") {
		return "NULL"
	}
	return fmt.Sprintf("CAST(%s AS TIMESTAMPTZ)", c.arg(0))
}

// timestampDiff counts whole units between two timestamps, not boundaries.
func timestampDiff(c *call) string {
	if !c.typeIs(0, "TIMESTAMP") || !c.typeIs(1, "TIMESTAMP") {
		return "NULL"
	}
	unit := part(c.args[2])
	if !contains(strings.Fields("MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY"), unit) {
		return c.refuse(c.args[2], c.name, unit+" "+unknownReason)
	}
	return fmt.Sprintf("date_sub('%s', %s, %s)", strings.ToLower(unit), c.arg(1), c.arg(0))
}

func timestampTrunc(c *call) string {
	if !c.typeIs(0, "TIMESTAMP") {
		return "NULL"
	}
	switch unit := part(c.args[1]); unit {
	case "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "MONTH", "QUARTER", "YEAR":
		return fmt.Sprintf("date_trunc('%s', %s)", strings.ToLower(unit), c.arg(0))
	case "ISOWEEK", "WEEK(MONDAY)":
		return fmt.Sprintf("date_trunc('week', %s)", c.arg(0))
	case "WEEK", "WEEK(SUNDAY)":
		return fmt.Sprintf("(date_trunc('week', %s + INTERVAL 1 DAY) - INTERVAL 1 DAY)", c.operand(c.args[0]))
	default:
		return c.refuse(c.args[1], c.name, unit+" "+unknownReason)
	}
}

func fromEpoch(micros int) func(c *call) string {
	return func(c *call) string {
		if micros == 1 {
			return fmt.Sprintf("make_timestamptz(%s)", c.arg(0))
		}
		return fmt.Sprintf("make_timestamptz(%s * %d)", c.operand(c.args[0]), micros)
	}
}

// toEpoch rounds down, before 1970 too.
func toEpoch(unit string, micros int) func(c *call) string {
	return func(c *call) string {
		if micros == 1 {
			return fmt.Sprintf("epoch_us(%s)", c.arg(0))
		}
		return fmt.Sprintf("(epoch_us(date_trunc('%s', %s)) // %d)", unit, c.arg(0), micros)
	}
}

// extracts are the parts of EXTRACT, by how DuckDB gives them; %s is the date or timestamp.
var extracts = map[string]string{
	"YEAR": "EXTRACT(YEAR FROM %s)", "QUARTER": "EXTRACT(QUARTER FROM %s)", "MONTH": "EXTRACT(MONTH FROM %s)",
	"DAY": "EXTRACT(DAY FROM %s)", "DAYOFYEAR": "EXTRACT(DOY FROM %s)", "ISOWEEK": "EXTRACT(WEEK FROM %s)",
	"ISOYEAR": "EXTRACT(ISOYEAR FROM %s)", "DATE": "CAST(%s AS DATE)",
	"DAYOFWEEK":    "(EXTRACT(DOW FROM %s) + 1)", // from 1, Sunday
	"WEEK":         "CAST(strftime(%s, '%%U') AS BIGINT)",
	"WEEK(SUNDAY)": "CAST(strftime(%s, '%%U') AS BIGINT)",
	"WEEK(MONDAY)": "CAST(strftime(%s, '%%W') AS BIGINT)",
	"HOUR":         "EXTRACT(HOUR FROM %s)", "MINUTE": "EXTRACT(MINUTE FROM %s)", "SECOND": "EXTRACT(SECOND FROM %s)",
	"MILLISECOND": "(EXTRACT(MILLISECOND FROM %s) %% 1000)", "MICROSECOND": "(EXTRACT(MICROSECOND FROM %s) %% 1000000)",
}

// extract is EXTRACT(part FROM value).
func (r *rewriter) extract(n *node) string {
	unit, value := part(n.children[0]), n.children[1]
	pattern, ok := extracts[unit]
	if !ok {
		return r.refuse(n.children[0], "EXTRACT", unit+" "+unknownReason)
	}
	if t := r.typeOf(value); t != "DATE" && t != "TIMESTAMP" {
		return r.refuse(n, "EXTRACT", "from "+t+" "+unknownReason)
	}
	if len(n.children) == 3 && (n.children[2].kind != "StringLiteral" || n.children[2].value != "UTC") {
		return r.refuse(n.children[2], "AT TIME ZONE", "the only time zone is UTC")
	}
	return fmt.Sprintf(pattern, r.text(value))
}

// formats are the elements of formats that both dialects write alike, by GoogleSQL's name.
var formats = map[byte]string{
	'Y': "%Y", 'm': "%m", 'd': "%d", 'F': "%Y-%m-%d", 'y': "%y", 'B': "%B", 'b': "%b", 'h': "%b", 'A': "%A", 'a': "%a",
	'j': "%j", 'U': "%U", 'W': "%W", 'u': "%u", 'w': "%w", 'V': "%V", 'G': "%G", '%': "%%",
	'H': "%H", 'M': "%M", 'S': "%S", 'T': "%H:%M:%S", 'R': "%H:%M", 'I': "%I", 'p': "%p",
}

func (c *call) format(allowed string) (text string, ok bool) {
	n := c.args[0]
	if n.kind != "StringLiteral" {
		c.refuse(n, c.name, "the format must be a literal")
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(n.value); i++ {
		if n.value[i] != '%' {
			b.WriteByte(n.value[i])
			continue
		}
		i++
		element := "%"
		if i < len(n.value) {
			element += n.value[i : i+1]
		}
		duck, known := "", false
		if len(element) == 2 {
			duck, known = formats[element[1]]
		}
		if !known || allowed != "" && !strings.Contains(allowed, element[1:]) {
			c.refuse(n, c.name, "the format's "+element+" "+unknownReason)
			return "", false
		}
		b.WriteString(duck)
	}
	return quote(b.String()), true
}

func format(c *call) string {
	pattern, ok := c.format("")
	if !ok || !c.typeIs(1, "DATE", "TIMESTAMP") {
		return "NULL"
	}
	return fmt.Sprintf("strftime(%s, %s)", c.arg(1), pattern)
}

// parseDate knows formats of a year, a month and a day in digits.
func parseDate(c *call) string {
	pattern, ok := c.format("YmdF")
	if !ok {
		return "NULL"
	}
	if pattern != "'%Y-%m-%d'" && pattern != "'%Y/%m/%d'" && pattern != "'%d/%m/%Y'" && pattern != "'%m/%d/%Y'" && pattern != "'%d.%m.%Y'" {
		return c.refuse(c.args[0], c.name, "the format must be a year, month and day between -, / or .")
	}
	return fmt.Sprintf("CAST(strptime(%s, %s) AS DATE)", c.arg(1), pattern)
}
