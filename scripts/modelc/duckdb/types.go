package duckdb

import (
	"fmt"
	"strings"
)

// scalars are the types known in both dialects, in GoogleSQL's spelling and in DuckDB's.
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

// synonyms are other spellings that a statement may use.
var synonyms = map[string]string{
	"BOOLEAN": "BOOL", "INT": "INT64", "SMALLINT": "INT64", "INTEGER": "INT64", "BIGINT": "INT64", "TINYINT": "INT64",
	"BYTEINT": "INT64", "DECIMAL": "NUMERIC",
}

// duckType is DuckDB's spelling of a type: a scalar, an ARRAY or a STRUCT of them.
func duckType(t string) (string, bool) {
	if s, ok := scalars[t]; ok {
		return s, true
	}
	if t == "DOUBLE" { // as the analyzer calls a FLOAT64 within another type
		return scalars["FLOAT64"], true
	}
	if element, ok := elementOf(t); ok {
		s, ok := duckType(element)
		return s + "[]", ok
	}
	if fields, ok := strings.CutPrefix(t, "STRUCT<"); ok {
		return duckStruct(strings.TrimSuffix(fields, ">"))
	}
	return "", false
}

func elementOf(t string) (string, bool) {
	element, ok := strings.CutPrefix(t, "ARRAY<")
	return strings.TrimSuffix(element, ">"), ok
}

func duckStruct(fields string) (string, bool) {
	var list []string
	for _, field := range splitFields(fields) {
		name, t, ok := strings.Cut(field, " ")
		if !ok { // a field without a name
			return "", false
		}
		s, ok := duckType(t)
		if !ok {
			return "", false
		}
		list = append(list, quoteName(strings.Trim(name, "`"))+" "+s)
	}
	return fmt.Sprintf("STRUCT(%s)", strings.Join(list, ", ")), true
}

// splitFields cuts at the commas that stand in no angle brackets.
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

// writtenType is the type that a type node names, in GoogleSQL's own spelling, or a refusal.
func (r *rewriter) writtenType(n *node) string {
	switch {
	case n.kind == "SimpleType" && len(n.children) == 1:
		t := n.children[0].name()
		if s, ok := synonyms[t]; ok {
			t = s
		}
		if _, ok := scalars[t]; ok {
			return t
		}
		r.refuse(n, "type "+t, unknownReason)
	case n.kind == "ArrayType" && len(n.children) == 1:
		return "ARRAY<" + r.writtenType(n.children[0]) + ">"
	case n.kind == "SimpleType":
		r.refuse(n, "type "+strings.ToUpper(r.source(n)), "types with parameters are not rewritten; leave the parameters out")
	default:
		r.refuse(n, wording(n), unknownReason)
	}
	return "INT64"
}

// as is n's text as a value of type want, where GoogleSQL coerces n to it and DuckDB would do so otherwise, or not at all.
func (r *rewriter) as(n *node, want string) string {
	if have := r.typeOf(n); have == "NUMERIC" && want == "FLOAT64" {
		return numericToFloat(r.text(n))
	}
	return r.text(n)
}

// numericToFloat goes by the decimal digits: DuckDB's own conversion rounds twice.
func numericToFloat(text string) string {
	return fmt.Sprintf("CAST(CAST(%s AS VARCHAR) AS DOUBLE)", text)
}

// toFloat is n's text as a DOUBLE, for a function that takes FLOAT64 where n may be any number.
func (r *rewriter) toFloat(n *node) string {
	switch r.typeOf(n) {
	case "NUMERIC":
		return numericToFloat(r.text(n))
	case "INT64":
		return fmt.Sprintf("CAST(%s AS DOUBLE)", r.bare(n))
	}
	return r.text(n)
}
