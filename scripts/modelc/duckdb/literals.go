package duckdb

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// literal is a literal of the type that GoogleSQL gives it in its place. DuckDB by itself would take 1 for an INTEGER,
// 1.5 for a DECIMAL(2, 1) and NULL for an INTEGER.
func (r *rewriter) literal(n *node) string {
	t := r.typeOf(n)
	switch n.kind {
	case "IntLiteral":
		if t == "" {
			t = "INT64"
		}
		return r.bare(n) + "::" + scalars[t]
	case "FloatLiteral":
		return r.bare(n)
	case "NullLiteral":
		if duck, ok := duckType(t); ok {
			return "NULL::" + duck
		}
		return "NULL"
	case "NumericLiteral":
		if t != "NUMERIC" {
			return r.refuse(n, "BIGNUMERIC literal", unknownReason)
		}
		return quote(n.children[0].value) + "::" + scalars[t]
	case "DateOrTimeLiteral":
		return r.dateOrTime(n, t, n.children[0].value)
	}
	switch t { // of a string
	case "", "STRING":
		if strings.ContainsRune(n.value, 0) {
			return r.refuse(n, "string literal", "holds a character 0, which DuckDB's literals cannot")
		}
		return quote(n.value)
	case "DATE", "TIMESTAMP":
		return r.dateOrTime(n, t, n.value)
	}
	return r.refuse(n, "string literal as "+t, unknownReason)
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
