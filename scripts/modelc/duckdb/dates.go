package duckdb

import (
	"fmt"
	"slices"
	"strings"
)

// Units by which dates and timestamps can be moved, as both dialects call them.
const (
	dateUnits = "DAY WEEK MONTH QUARTER YEAR"
	timeUnits = "MICROSECOND MILLISECOND SECOND MINUTE HOUR DAY"

	monthUnits = "DAY MONTH QUARTER YEAR" // units that begin with a day of the calendar, whatever the weekday
)

func dateFunctions() map[string]function {
	shiftDate := function{min: 2, max: 2, types: "DATE ANY", rewrite: shift}
	shiftTime := function{min: 2, max: 2, types: "TIMESTAMP ANY", rewrite: shift}
	dateFromUnixDate := func(c *call) string { return "(DATE '1970-01-01' + " + c.days(c.args[0]) + ")" }
	return map[string]function{
		"DATE":                {min: 1, max: 3, rewrite: dateOf},
		"DATE_ADD":            shiftDate,
		"DATE_SUB":            shiftDate,
		"DATE_DIFF":           {min: 3, max: 3, types: "DATE DATE ANY", rewrite: dateDiff},
		"DATE_TRUNC":          {min: 2, max: 2, types: "DATE ANY", rewrite: dateTrunc},
		"LAST_DAY":            {min: 1, max: 2, types: "DATE ANY", rewrite: lastDay},
		"UNIX_DATE":           {min: 1, max: 1, format: "({(0)} - DATE '1970-01-01')"},
		"DATE_FROM_UNIX_DATE": {min: 1, max: 1, rewrite: dateFromUnixDate},
		"FORMAT_DATE":         {min: 2, max: 2, types: "ANY DATE", rewrite: formatTime},
		"PARSE_DATE":          {min: 2, max: 2, rewrite: parseDate},
		"GENERATE_DATE_ARRAY": {min: 2, max: 3, rewrite: generateDates},
		"TIMESTAMP":           {min: 1, max: 1, rewrite: timestampOf},
		"TIMESTAMP_ADD":       shiftTime,
		"TIMESTAMP_SUB":       shiftTime,
		"TIMESTAMP_DIFF":      {min: 3, max: 3, types: "TIMESTAMP TIMESTAMP ANY", rewrite: timestampDiff},
		"TIMESTAMP_TRUNC":     {min: 2, max: 2, types: "TIMESTAMP ANY", rewrite: timestampTrunc},
		"TIMESTAMP_SECONDS":   {min: 1, max: 1, format: "make_timestamptz({(0)} * 1000000)"},
		"TIMESTAMP_MILLIS":    {min: 1, max: 1, format: "make_timestamptz({(0)} * 1000)"},
		"TIMESTAMP_MICROS":    {min: 1, max: 1, format: "make_timestamptz({0})"},
		"UNIX_SECONDS":        {min: 1, max: 1, format: "(epoch_us(date_trunc('second', {0})) // 1000000)"},
		"UNIX_MILLIS":         {min: 1, max: 1, format: "(epoch_us(date_trunc('millisecond', {0})) // 1000)"},
		"UNIX_MICROS":         {min: 1, max: 1, format: "epoch_us({0})"},
		"FORMAT_TIMESTAMP":    {min: 2, max: 2, types: "ANY TIMESTAMP", rewrite: formatTime},
	}
}

// weekdays maps the first day of a week to its distance from Monday, on which DuckDB's weeks begin.
var weekdays = map[string]int{
	"WEEK(MONDAY)": 0, "ISOWEEK": 0, "WEEK(TUESDAY)": 1, "WEEK(WEDNESDAY)": 2, "WEEK(THURSDAY)": 3, "WEEK(FRIDAY)": 4,
	"WEEK(SATURDAY)": 5, "WEEK(SUNDAY)": 6, "WEEK": 6,
}

// part returns the name of a date part: "MONTH", "WEEK(MONDAY)".
func part(n *node) string {
	switch {
	case n.Kind == "FunctionCall" && len(n.Children) == 2:
		return pathName(n.Children[0]) + "(" + pathName(n.Children[1]) + ")"
	case n.Kind == "PathExpression" || n.Kind == "Identifier":
		return pathName(n)
	}
	return n.Kind
}

func (c *call) unknownPart(n *node) string { return c.refuseUnknown(n, c.name, part(n)) }

func dateOf(c *call) string {
	if len(c.args) == 3 {
		return fmt.Sprintf("make_date(%s)", c.list(c.bareText))
	}
	if len(c.args) == 2 && (c.args[1].Kind != "StringLiteral" || c.args[1].Value != "UTC") {
		return c.refuse(c.args[1], c.name, "the only time zone is UTC")
	}
	if t := c.typeOf(c.args[0]); t != "TIMESTAMP" && t != "DATE" {
		return c.refuseUnknown(c.n, c.name, "of "+t)
	}
	return fmt.Sprintf("CAST(%s AS DATE)", c.arg(0))
}

// shift adds an interval to a date or timestamp, or subtracts it.
func shift(c *call) string {
	units, operator, duck := dateUnits, "+", "DATE"
	if strings.HasPrefix(c.name, "TIMESTAMP") {
		units, duck = timeUnits, "TIMESTAMPTZ"
	}
	if strings.HasSuffix(c.name, "SUB") {
		operator = "-"
	}
	count, unit, ok := c.intervalOf(c.args[1])
	switch {
	case !ok:
		return "NULL"
	case !contains(strings.Fields(units), part(unit)):
		return c.unknownPart(unit)
	case c.typeOf(count) != "INT64":
		return c.refuse(count, c.name, "needs a whole number of "+part(unit)+"s")
	}
	return fmt.Sprintf("CAST(%s %s %s AS %s)", c.operand(c.args[0]), operator, c.interval(count, unit), duck)
}

// intervalOf splits INTERVAL n PART; anything else is refused.
func (c *call) intervalOf(n *node) (count, unit *node, ok bool) {
	if n.Kind != "IntervalExpr" || len(n.Children) != 2 {
		c.refuse(n, c.name, "needs INTERVAL n PART")
		return nil, nil, false
	}
	return n.Children[0], n.Children[1], true
}

func (c *call) interval(count, unit *node) string {
	if count.Kind == "IntLiteral" {
		return fmt.Sprintf("INTERVAL %s %s", c.bare(count), part(unit))
	}
	return fmt.Sprintf("INTERVAL (%s) %s", c.bareText(count), part(unit))
}

// dateDiff counts the boundaries between two dates. GoogleSQL takes the later date first, DuckDB the earlier.
// DuckDB counts whole weeks, so boundaries of weeks are counted by the first days of the weeks.
func dateDiff(c *call) string {
	unit := part(c.args[2])
	if contains(strings.Fields(monthUnits), unit) {
		return fmt.Sprintf("date_diff('%s', %s, %s)", strings.ToLower(unit), c.arg(1), c.arg(0))
	}
	behind, ok := weekdays[unit]
	if !ok {
		return c.unknownPart(c.args[2])
	}
	return fmt.Sprintf("((%s - %s) // 7)", c.monday(c.args[0], behind), c.monday(c.args[1], behind))
}

// monday returns the Monday of the week that holds a date, after moving the date back by some days.
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

// dateTrunc returns the first day of the part that holds a date.
func dateTrunc(c *call) string {
	unit := part(c.args[1])
	if contains(strings.Fields(monthUnits), unit) {
		return fmt.Sprintf("CAST(date_trunc('%s', %s) AS DATE)", strings.ToLower(unit), c.arg(0))
	}
	behind, ok := weekdays[unit]
	switch {
	case !ok:
		return c.unknownPart(c.args[1])
	case behind == 0:
		return c.monday(c.args[0], 0)
	}
	return "(" + plus(c.monday(c.args[0], behind), behind) + ")"
}

func lastDay(c *call) string {
	if len(c.args) == 2 && part(c.args[1]) != "MONTH" {
		return c.unknownPart(c.args[1])
	}
	return fmt.Sprintf("last_day(%s)", c.arg(0))
}

// generateDates steps from each date to the next: a month after January 31 comes February 28, and then March
// 28. A NULL end gives NULL in both dialects.
func generateDates(c *call) string {
	step := "INTERVAL 1 DAY"
	if len(c.args) == 3 {
		count, unit, ok := c.intervalOf(c.args[2])
		if !ok {
			return "NULL"
		}
		if number, ok := c.integer(count); !ok || number < 1 {
			return c.refuse(count, c.name, "the step must be a literal of at least 1")
		}
		if !contains(strings.Fields(dateUnits), part(unit)) {
			return c.refuseUnknown(c.args[2], c.name, part(unit))
		}
		step = c.interval(count, unit)
	}
	return fmt.Sprintf("CAST(generate_series(%s, %s, %s) AS DATE[])", c.arg(0), c.arg(1), step)
}

func timestampOf(c *call) string {
	if c.args[0].Kind == "StringLiteral" {
		return c.dateOrTime(c.args[0], "TIMESTAMP", c.args[0].Value)
	}
	if t := c.typeOf(c.args[0]); t != "TIMESTAMP" && t != "DATE" {
		return c.refuseUnknown(c.n, c.name, "of "+t)
	}
	return fmt.Sprintf("CAST(%s AS TIMESTAMPTZ)", c.arg(0))
}

// microseconds maps units of time to their length.
var microseconds = map[string]int64{
	"MICROSECOND": 1, "MILLISECOND": 1e3, "SECOND": 1e6, "MINUTE": 60e6, "HOUR": 3600e6, "DAY": 24 * 3600e6,
}

// timestampDiff counts whole units between two timestamps, not boundaries. DuckDB's date_sub loses
// microseconds.
func timestampDiff(c *call) string {
	length, ok := microseconds[part(c.args[2])]
	switch {
	case !ok:
		return c.unknownPart(c.args[2])
	case length == 1:
		return fmt.Sprintf("(epoch_us(%s) - epoch_us(%s))", c.arg(0), c.arg(1))
	}
	return fmt.Sprintf("((epoch_us(%s) - epoch_us(%s)) // %d)", c.arg(0), c.arg(1), length)
}

func timestampTrunc(c *call) string {
	switch unit := part(c.args[1]); unit {
	case "ISOWEEK", "WEEK(MONDAY)":
		return fmt.Sprintf("date_trunc('week', %s)", c.arg(0))
	case "WEEK", "WEEK(SUNDAY)":
		return fmt.Sprintf("(date_trunc('week', %s + INTERVAL 1 DAY) - INTERVAL 1 DAY)", c.operand(c.args[0]))
	default:
		if !contains(strings.Fields(timeUnits+" "+monthUnits), unit) {
			return c.unknownPart(c.args[1])
		}
		return fmt.Sprintf("date_trunc('%s', %s)", strings.ToLower(unit), c.arg(0))
	}
}

// extracts maps the parts of EXTRACT to DuckDB's expression; %s is the date or timestamp.
var extracts = map[string]string{
	"YEAR":         "EXTRACT(YEAR FROM %s)",
	"QUARTER":      "EXTRACT(QUARTER FROM %s)",
	"MONTH":        "EXTRACT(MONTH FROM %s)",
	"DAY":          "EXTRACT(DAY FROM %s)",
	"DAYOFYEAR":    "EXTRACT(DOY FROM %s)",
	"DAYOFWEEK":    "(EXTRACT(DOW FROM %s) + 1)", // 1 is Sunday
	"ISOWEEK":      "EXTRACT(WEEK FROM %s)",
	"ISOYEAR":      "EXTRACT(ISOYEAR FROM %s)",
	"DATE":         "CAST(%s AS DATE)",
	"WEEK":         "CAST(strftime(%s, '%%U') AS BIGINT)",
	"WEEK(SUNDAY)": "CAST(strftime(%s, '%%U') AS BIGINT)",
	"WEEK(MONDAY)": "CAST(strftime(%s, '%%W') AS BIGINT)",
	"HOUR":         "EXTRACT(HOUR FROM %s)",
	"MINUTE":       "EXTRACT(MINUTE FROM %s)",
	"SECOND":       "EXTRACT(SECOND FROM %s)",
	"MILLISECOND":  "(EXTRACT(MILLISECOND FROM %s) %% 1000)",
	"MICROSECOND":  "(EXTRACT(MICROSECOND FROM %s) %% 1000000)",
}

// extract is EXTRACT(part FROM value).
func (r *rewriter) extract(n *node) string {
	unit, value := part(n.Children[0]), n.Children[1]
	pattern, ok := extracts[unit]
	if !ok {
		return r.refuseUnknown(n.Children[0], "EXTRACT", unit)
	}
	if t := r.typeOf(value); t != "DATE" && t != "TIMESTAMP" {
		return r.refuseUnknown(n, "EXTRACT", "from "+t)
	}
	if len(n.Children) == 3 && (n.Children[2].Kind != "StringLiteral" || n.Children[2].Value != "UTC") {
		return r.refuse(n.Children[2], "AT TIME ZONE", "the only time zone is UTC")
	}
	return fmt.Sprintf(pattern, r.text(value))
}

// formats maps the elements of GoogleSQL's date formats to DuckDB's.
var formats = map[byte]string{
	'Y': "%Y", 'm': "%m", 'd': "%d", 'F': "%Y-%m-%d", 'y': "%y", 'B': "%B", 'b': "%b", 'h': "%b", 'A': "%A", 'a': "%a",
	'j': "%j", 'U': "%U", 'W': "%W", 'u': "%u", 'w': "%w", 'V': "%V", 'G': "%G", '%': "%%",
	'H': "%H", 'M': "%M", 'S': "%S", 'T': "%H:%M:%S", 'R': "%H:%M", 'I': "%I", 'p': "%p",
}

// dateElements lists the elements that a DATE has. GoogleSQL does not write its time.
const dateElements = "YmdFyBbhAajUWuwVG%"

// timeFormat translates the first argument, a date format. Only the allowed elements may occur; empty allows
// all.
func (c *call) timeFormat(allowed string) (text string, ok bool) {
	n := c.args[0]
	if n.Kind != "StringLiteral" {
		c.refuse(n, c.name, "the format must be a literal")
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(n.Value); i++ {
		if n.Value[i] != '%' {
			b.WriteByte(n.Value[i])
			continue
		}
		i++
		element := n.Value[i:min(i+1, len(n.Value))]
		duck := ""
		if element != "" && (allowed == "" || strings.Contains(allowed, element)) {
			duck = formats[element[0]]
		}
		if duck == "" {
			c.refuseUnknown(n, c.name, "the format's %"+element)
			return "", false
		}
		b.WriteString(duck)
	}
	return b.String(), true
}

func formatTime(c *call) string {
	allowed := ""
	if c.typeOf(c.args[1]) == "DATE" {
		allowed = dateElements
	}
	pattern, ok := c.timeFormat(allowed)
	switch {
	case !ok:
		return "NULL"
	case pattern == "":
		return c.refuse(c.args[0], c.name, "the format is empty")
	}
	return fmt.Sprintf("strftime(%s, %s)", c.arg(1), quote(pattern))
}

// parsed lists the formats of PARSE_DATE. %F stands for the first.
var parsed = []string{"%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y"}

// parseDate accepts formats of a year, a month and a day in digits.
func parseDate(c *call) string {
	pattern, ok := c.timeFormat("YmdF")
	if !ok {
		return "NULL"
	}
	if !slices.Contains(parsed, pattern) {
		return c.refuse(c.args[0], c.name, "the format must be a year, month and day between -, / or .")
	}
	return fmt.Sprintf("CAST(strptime(%s, %s) AS DATE)", c.arg(1), quote(pattern))
}
