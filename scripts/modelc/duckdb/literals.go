package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// literal is a literal of the type that GoogleSQL gives it in its place. DuckDB by itself would take 1 for an INTEGER,
// 1.5 for a DECIMAL(2, 1) and NULL for an INTEGER.
func (r *rewriter) literal(n *node) string {
	t := r.typeOf(n)
	duck, ok := duckType(t)
	if !ok {
		return r.refuse(n, wording(n)+" of type "+t, unknownReason)
	}
	switch n.kind {
	case "IntLiteral", "NullLiteral":
		return r.bare(n) + "::" + duck
	case "FloatLiteral":
		return r.bare(n)
	case "NumericLiteral":
		if t == "NUMERIC" || t == "FLOAT64" {
			return quote(n.children[0].value) + "::" + duck
		}
	case "JSONLiteral":
		return quote(n.children[0].value) + "::JSON"
	case "DateOrTimeLiteral":
		return r.dateOrTime(n, t, n.children[0].value)
	case "StringLiteral":
		switch {
		case t == "DATE", t == "TIMESTAMP":
			return r.dateOrTime(n, t, n.value)
		case t == "STRING" && strings.ContainsRune(n.value, 0):
			return r.refuse(n, "string literal", "holds a character 0, which DuckDB's literals cannot")
		case t == "STRING":
			return quote(n.value)
		}
	}
	return r.refuse(n, wording(n)+" as "+t, unknownReason)
}

// ownType is the type that a literal or a CAST has whatever stands around it; empty for anything else.
func (r *rewriter) ownType(n *node) string {
	switch n.kind {
	case "IntLiteral":
		return "INT64"
	case "FloatLiteral":
		return "FLOAT64"
	case "NumericLiteral":
		return "NUMERIC"
	case "StringLiteral":
		return "STRING"
	case "JSONLiteral":
		return "JSON"
	case "BooleanLiteral":
		return "BOOL"
	case "NullLiteral":
		return "INT64"
	case "DateOrTimeLiteral":
		return strings.ToUpper(strings.TrimSpace(r.sql[n.start:n.children[0].start]))
	case "UnaryExpression":
		return r.ownType(n.children[0])
	case "CastExpression":
		return r.writtenType(n.children[1])
	case "ArrayConstructor":
		for _, c := range n.children {
			if t := r.ownType(c); c.kind != "NullLiteral" && t != "" {
				return "ARRAY<" + t + ">"
			}
		}
	}
	return ""
}

// bare is the text of a number or NULL without its type, for places where its neighbours decide on that.
func (r *rewriter) bare(n *node) string {
	switch {
	case n.kind == "NullLiteral":
		return "NULL"
	case n.kind == "IntLiteral" && strings.ContainsAny(r.source(n), "xX"): // which DuckDB does not read
		value, err := strconv.ParseInt(r.source(n), 0, 64)
		if err != nil {
			return r.refuse(n, "hexadecimal literal", "is no INT64")
		}
		return strconv.FormatInt(value, 10)
	case n.kind == "IntLiteral":
		return r.source(n)
	case n.kind == "FloatLiteral" && r.typeOf(n) == "NUMERIC":
		return quote(r.source(n)) + "::" + scalars["NUMERIC"]
	case n.kind == "FloatLiteral" && strings.ContainsAny(r.source(n), "eE"):
		return r.source(n)
	case n.kind == "FloatLiteral":
		return r.source(n) + "e0" // with an exponent it is a DOUBLE to DuckDB
	case r.isNegative(n):
		return "-" + r.bare(n.children[0])
	}
	return r.text(n)
}

// isNegative tells a minus before a literal number.
func (r *rewriter) isNegative(n *node) bool {
	return n.kind == "UnaryExpression" && strings.Join(r.marks(n), "") == "-" && isNumber(n.children[0])
}

func isNumber(n *node) bool { return n.kind == "IntLiteral" || n.kind == "FloatLiteral" }

// isLiteral tells what has no type of its own in DuckDB.
func (r *rewriter) isLiteral(n *node) bool {
	return isNumber(n) || n.kind == "NullLiteral" || r.isNegative(n)
}

var (
	dateText      = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	timestampText = regexp.MustCompile(`(?i)^(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}:\d{2}(?:\.\d{1,6})?))?( ?utc|z|[+-]\d{2}(?::\d{2})?)?$`)
)

func (r *rewriter) dateOrTime(n *node, t, value string) string {
	switch {
	case t == "DATE" && dateText.MatchString(value):
		return "DATE " + quote(value)
	case t == "TIMESTAMP" && timestampText.MatchString(value):
		parts := timestampText.FindStringSubmatch(value)
		clock, zone := parts[2], parts[3]
		if clock == "" {
			clock = "00:00:00"
		}
		if !strings.ContainsAny(zone, "+-") { // none given is UTC in BigQuery
			zone = "+00"
		}
		return "TIMESTAMPTZ " + quote(parts[1]+" "+clock+zone)
	case t == "DATE":
		return r.refuse(n, "DATE literal", "write it as 'YYYY-MM-DD'")
	case t == "TIMESTAMP":
		return r.refuse(n, "TIMESTAMP literal", "write it as 'YYYY-MM-DD HH:MM:SS+00'")
	}
	return r.refuse(n, t+" literal", unknownReason)
}

// isDate tells a string that is a date of the calendar.
func isDate(n *node) bool {
	_, err := time.Parse("2006-1-2", n.value)
	return n.kind == "StringLiteral" && err == nil
}

func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// parameter gives the parameter its type: DuckDB takes it from the value that is bound.
func (r *rewriter) parameter(n *node) string {
	if len(n.children) == 0 {
		return r.refuse(n, "parameter ?", "parameters need names")
	}
	duck, ok := duckType(r.typeOf(n))
	if !ok {
		return r.refuse(n, "parameter @"+n.children[0].value, unknownReason)
	}
	return fmt.Sprintf("$%s::%s", n.children[0].value, duck)
}
