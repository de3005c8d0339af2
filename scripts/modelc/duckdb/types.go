package duckdb

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scalars maps GoogleSQL's scalar types to DuckDB's.
var scalars = map[string]string{
	"BOOL":      "BOOLEAN",
	"INT64":     "BIGINT",
	"FLOAT64":   "DOUBLE",
	"NUMERIC":   "DECIMAL(38, 9)",
	"STRING":    "VARCHAR",
	"BYTES":     "BLOB",
	"DATE":      "DATE",
	"TIMESTAMP": "TIMESTAMPTZ",
	"JSON":      "JSON",
}

// synonyms maps other names of types that a statement may use.
var synonyms = map[string]string{
	"BOOLEAN": "BOOL", "INT": "INT64", "SMALLINT": "INT64", "INTEGER": "INT64", "BIGINT": "INT64", "TINYINT": "INT64",
	"BYTEINT": "INT64", "DECIMAL": "NUMERIC",
}

// duckType returns DuckDB's name of a type: a scalar, an ARRAY or a STRUCT of them.
func duckType(t string) (string, bool) {
	if s, ok := scalars[t]; ok {
		return s, true
	}
	if element, ok := elementOf(t); ok {
		s, ok := duckType(element)
		return s + "[]", ok
	}
	if isStruct(t) {
		return duckStruct(t)
	}
	return "", false
}

func elementOf(t string) (string, bool) {
	element, ok := strings.CutPrefix(t, "ARRAY<")
	return strings.TrimSuffix(element, ">"), ok
}

func isStruct(t string) bool { return strings.HasPrefix(t, "STRUCT<") }

// structField is a field of a STRUCT.
type structField struct{ name, typ string }

// structFields returns the fields of a STRUCT, nil when one has no name or the name of another.
func structFields(t string) []structField {
	if !isStruct(t) {
		return nil
	}
	var list []structField
	for _, field := range splitFields(strings.TrimSuffix(strings.TrimPrefix(t, "STRUCT<"), ">")) {
		name, typ, ok := strings.Cut(field, " ")
		name = strings.Trim(name, "`")
		if !ok || slices.ContainsFunc(list, func(f structField) bool { return strings.EqualFold(f.name, name) }) {
			return nil
		}
		list = append(list, structField{name, typ})
	}
	return list
}

func duckStruct(t string) (string, bool) {
	var list []string
	for _, field := range structFields(t) {
		s, ok := duckType(field.typ)
		if !ok {
			return "", false
		}
		list = append(list, quoteName(field.name)+" "+s)
	}
	return fmt.Sprintf("STRUCT(%s)", strings.Join(list, ", ")), len(list) > 0
}

// splitFields splits at the commas outside of angle brackets.
func splitFields(fields string) []string {
	var list []string
	depth, from := 0, 0
	for i, c := range fields {
		switch {
		case c == '<':
			depth++
		case c == '>':
			depth--
		case c == ',' && depth == 0:
			list = append(list, strings.TrimSpace(fields[from:i]))
			from = i + 1
		}
	}
	return append(list, strings.TrimSpace(fields[from:]))
}

// isComparable reports whether values of a type compare alike in both dialects.
func isComparable(t string) bool { return t == "" || isScalar(t) }

// isScalar reports whether a type is known, and its values compare alike in both dialects.
func isScalar(t string) bool {
	_, ok := scalars[t]
	return ok && t != "JSON"
}

// writtenType returns the type that a type node names, in GoogleSQL's own spelling, or refuses it.
func (r *rewriter) writtenType(n *node) string {
	t := scalarName(n)
	switch {
	case t != "":
		return t
	case n.Kind == "SimpleType" && len(n.Children) == 1:
		r.refuseUnknown(n, "type "+pathName(n.Children[0]), "")
	case n.Kind == "ArrayType" && len(n.Children) == 1:
		return "ARRAY<" + r.writtenType(n.Children[0]) + ">"
	case n.Kind == "SimpleType":
		r.refuse(n, "type "+strings.ToUpper(r.source(n)),
			"types with parameters are not supported; leave the parameters out")
	default:
		r.refuseUnknown(n, wording(n), "")
	}
	return "INT64"
}

// castType returns the type that a CAST to a scalar names; empty for anything else.
func castType(n *node) string {
	if n.Kind != "CastExpression" {
		return ""
	}
	return scalarName(n.Children[1])
}

// scalarName returns the scalar type that a type node names, in GoogleSQL's own spelling; empty for another
// type.
func scalarName(n *node) string {
	if n.Kind != "SimpleType" || len(n.Children) != 1 {
		return ""
	}
	t := pathName(n.Children[0])
	if s, ok := synonyms[t]; ok {
		t = s
	}
	if _, ok := scalars[t]; !ok {
		return ""
	}
	return t
}

// numericToFloat converts the decimal digits. DuckDB's own conversion rounds twice.
func numericToFloat(text string) string {
	return fmt.Sprintf("CAST(CAST(%s AS VARCHAR) AS DOUBLE)", text)
}

// toFloat returns n's text as a DOUBLE, for a function that takes FLOAT64 where n may be any number.
func (r *rewriter) toFloat(n *node) string {
	switch r.typeOf(n) {
	case "NUMERIC":
		return numericToFloat(r.text(n))
	case "INT64":
		return fmt.Sprintf("CAST(%s AS DOUBLE)", r.bare(n))
	}
	return r.text(n)
}

// literal gives a literal the type that GoogleSQL gives it in its place. DuckDB would take 1 for an INTEGER, 1.5 for a
// DECIMAL(2, 1) and NULL for an INTEGER.
func (r *rewriter) literal(n *node) string {
	t := r.typeOf(n)
	duck, ok := duckType(t)
	if !ok {
		return r.refuseUnknown(n, wording(n)+" of type "+t, "")
	}
	switch n.Kind {
	case "IntLiteral", "NullLiteral":
		return r.bare(n) + "::" + duck
	case "FloatLiteral":
		return r.bare(n)
	case "NumericLiteral":
		if t == "NUMERIC" || t == "FLOAT64" {
			return r.decimal(n, n.Children[0].Value, duck)
		}
	case "JSONLiteral":
		return quote(n.Children[0].Value) + "::JSON"
	case "DateOrTimeLiteral":
		return r.dateOrTime(n, t, n.Children[0].Value)
	case "StringLiteral":
		switch {
		case t == "DATE", t == "TIMESTAMP":
			return r.dateOrTime(n, t, n.Value)
		case t == "STRING" && strings.ContainsRune(n.Value, 0):
			return r.refuse(n, "string literal", "contains a character 0, which DuckDB's literals cannot")
		case t == "STRING":
			return quote(n.Value)
		}
	}
	return r.refuseUnknown(n, wording(n)+" as "+t, "")
}

// literalTypes maps kinds of literals to the type that they have by themselves.
var literalTypes = map[string]string{
	"IntLiteral": "INT64", "FloatLiteral": "FLOAT64", "NumericLiteral": "NUMERIC", "StringLiteral": "STRING",
	"JSONLiteral": "JSON", "BooleanLiteral": "BOOL", "NullLiteral": "INT64",
}

// ownType returns the type that a literal or a CAST has independently of its context; empty for anything else.
func (r *rewriter) ownType(n *node) string {
	switch n.Kind {
	case "DateOrTimeLiteral":
		return strings.ToUpper(strings.TrimSpace(r.sql[n.Start:n.Children[0].Start]))
	case "UnaryExpression":
		return r.ownType(n.Children[0])
	case "CastExpression":
		return r.writtenType(n.Children[1])
	case "ArrayConstructor":
		for _, c := range n.Children {
			if t := r.ownType(c); c.Kind != "NullLiteral" && t != "" {
				return "ARRAY<" + t + ">"
			}
		}
	}
	return literalTypes[n.Kind]
}

// bare returns the text of a number or NULL without its type, for places where its neighbours determine the type.
func (r *rewriter) bare(n *node) string {
	text := r.source(n)
	switch {
	case n.Kind == "NullLiteral":
		return "NULL"
	case isError(n):
		return "error(" + r.text(n.Children[1]) + ")"
	case isInt(n) && strings.ContainsAny(text, "xX"): // DuckDB does not read hexadecimal numbers
		value, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			return r.refuse(n, "hexadecimal literal", "is not an INT64")
		}
		return strconv.FormatInt(value, 10)
	case isInt(n):
		return text
	case n.Kind == "FloatLiteral" && r.typeOf(n) == "NUMERIC":
		return r.decimal(n, text, scalars["NUMERIC"])
	case n.Kind == "FloatLiteral" && strings.ContainsAny(text, "eE"):
		return text
	case n.Kind == "FloatLiteral":
		return text + "e0" // with an exponent, DuckDB takes it for a DOUBLE
	case r.isNegative(n):
		return "-" + r.bare(n.Children[0])
	}
	return r.text(n)
}

var numericText = regexp.MustCompile("^" + numericPattern + "$")

// decimal is a literal NUMERIC, or one that is taken for a FLOAT64.
func (r *rewriter) decimal(n *node, text, duck string) string {
	if !numericText.MatchString(text) {
		return r.refuse(n, "NUMERIC literal", "write it without an exponent below -9")
	}
	return quote(text) + "::" + duck
}

func (r *rewriter) bareText(n *node) string {
	if r.isLiteral(n) {
		return r.bare(n)
	}
	return r.text(n)
}

// integer returns the value of a literal whole number, which may be negative.
func (r *rewriter) integer(n *node) (int64, bool) {
	if !isInt(n) && !(r.isNegative(n) && isInt(n.Children[0])) {
		return 0, false
	}
	value, err := strconv.ParseInt(strings.ReplaceAll(r.source(n), " ", ""), 10, 64)
	return value, err == nil
}

// isNegative reports whether n is a minus before a literal number.
func (r *rewriter) isNegative(n *node) bool {
	return n.Kind == "UnaryExpression" && r.operator(n) == "-" && isNumber(n.Children[0])
}

func isInt(n *node) bool { return n.Kind == "IntLiteral" }

func isNumber(n *node) bool { return isInt(n) || n.Kind == "FloatLiteral" }

// isLiteral reports whether DuckDB gives n no type of its own.
func (r *rewriter) isLiteral(n *node) bool {
	return isNumber(n) || isUntyped(n) || r.isNegative(n)
}

// isUntyped reports whether n may become any type: NULL and ERROR(…).
func isUntyped(n *node) bool { return n.Kind == "NullLiteral" || isError(n) }

func isError(n *node) bool {
	return n.Kind == "FunctionCall" && pathName(n.Children[0]) == "ERROR" && len(n.Children) == 2
}

var (
	dateText      = regexp.MustCompile(`^\d{4}-\d{1,2}-\d{1,2}$`)
	timestampText = regexp.MustCompile(
		`(?i)^(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}:\d{2}:\d{2}(?:\.\d{1,6})?))?( ?utc|z|[+-]\d{2}(?::\d{2})?)?$`)
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
		if !strings.ContainsAny(zone, "+-") { // BigQuery's default is UTC
			zone = "+00"
		}
		return "TIMESTAMPTZ " + quote(parts[1]+" "+clock+zone)
	case t == "DATE":
		return r.refuse(n, "DATE literal", "write it as 'YYYY-MM-DD'")
	case t == "TIMESTAMP":
		return r.refuse(n, "TIMESTAMP literal", "write it as 'YYYY-MM-DD HH:MM:SS+00'")
	}
	return r.refuseUnknown(n, t+" literal", "")
}

// isDate reports whether n is a string that is a date of the calendar.
func isDate(n *node) bool {
	_, err := time.Parse("2006-1-2", n.Value)
	return n.Kind == "StringLiteral" && err == nil
}

func quote(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// parameter gives a parameter its type. DuckDB would take it from the bound value.
func (r *rewriter) parameter(n *node) string {
	if len(n.Children) == 0 {
		return r.refuse(n, "parameter ?", "parameters need names")
	}
	duck, ok := duckType(r.typeOf(n))
	if !ok {
		return r.refuseUnknown(n, "parameter @"+n.Children[0].Value, "")
	}
	return fmt.Sprintf("$%s::%s", n.Children[0].Value, duck)
}
