package duckdb

import (
	"fmt"
	"regexp"
	"strings"
)

// jsonPath matches the part of JSONPath that both dialects read alike.
var jsonPath = regexp.MustCompile(`^\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*$`)

// jsonValue is a JSON scalar as text, and NULL for anything else, where DuckDB gives an object's text. A
// number that is not whole is an error, because the dialects keep its digits differently.
func jsonValue(c *call) string {
	path := "$"
	if len(c.args) == 2 {
		if c.args[1].Kind != "StringLiteral" || !jsonPath.MatchString(c.args[1].Value) {
			return c.refuse(c.args[1], c.name, "the path must be a literal of names and numbers: '$.a.b[0]'")
		}
		path = c.args[1].Value
	}
	value, place := c.arg(0), quote(path)
	return fmt.Sprintf("CASE json_type(%s, %s) WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL "+
		"WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(%s, %s) END",
		value, place, value, place)
}

// toJSONString writes a value as JSON. NULL is null.
func toJSONString(c *call) string {
	text, unknown := jsonText(c.valueOf(c.args[0]), 0)
	if unknown != "" {
		return c.refuseUnknown(c.n, c.name, "of "+unknown)
	}
	return text
}

// jsonTexts maps types to their JSON, without NULL; %s is the value.
//
// A number that a FLOAT64 cannot hold is a string. Some control characters are an error, because DuckDB writes
// their codes in capitals.
var jsonTexts = map[string]string{
	"BOOL":  "CAST(%s AS VARCHAR)",
	"DATE":  `'"' || CAST(%s AS VARCHAR) || '"'`,
	"BYTES": `'"' || to_base64(%s) || '"'`,
	"INT64": "CASE WHEN %s BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(%[1]s AS VARCHAR) " +
		`ELSE '"' || CAST(%[1]s AS VARCHAR) || '"' END`,
	"NUMERIC": "CASE WHEN %s = trunc(%[1]s) AND %[1]s BETWEEN -9007199254740992 AND 9007199254740992 " +
		"THEN CAST(CAST(%[1]s AS BIGINT) AS VARCHAR) " +
		`ELSE '"' || rtrim(rtrim(CAST(%[1]s AS VARCHAR), '0'), '.') || '"' END`,
	"FLOAT64": "CASE WHEN %s = 0 THEN '0' WHEN isnan(%[1]s) THEN '\"NaN\"' " +
		`WHEN isinf(%[1]s) THEN CASE WHEN %[1]s > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ` +
		"WHEN CAST(printf('%%.15g', %[1]s) AS DOUBLE) = %[1]s THEN printf('%%.15g', %[1]s) " +
		"ELSE printf('%%.17g', %[1]s) END",
	"STRING": `CASE WHEN regexp_matches(%s, '[\x0b\x0e\x0f\x1a-\x1f]') ` +
		"THEN error('TO_JSON_STRING of a control character') " +
		`ELSE replace(replace(CAST(to_json(%[1]s) AS VARCHAR), chr(8232), '\u2028'), chr(8233), '\u2029') END`,
	"TIMESTAMP": `'"' || regexp_replace(strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%f'), '(\.000)?000$', '') || 'Z"'`,
}

// jsonText returns the JSON of a value, or the type in it whose JSON is not known to be the same in both
// dialects. depth tells the elements of nested arrays apart.
func jsonText(v value, depth int) (text, unknown string) {
	if format, ok := jsonTexts[v.typ]; ok {
		return fmt.Sprintf("COALESCE("+format+", 'null')", v.text), ""
	}
	if element, ok := elementOf(v.typ); ok {
		name := fmt.Sprintf("element%d", depth)
		inner, unknown := jsonText(value{text: name, typ: element}, depth+1)
		return fmt.Sprintf("COALESCE('[' || array_to_string(list_transform(%s, lambda %s: %s), ',') || ']', 'null')",
			v.text, name, inner), unknown
	}
	fields := v.fields()
	if len(fields) == 0 {
		return "", v.typ
	}
	var parts []string
	for i, name := range structFields(v.typ) {
		inner, unknown := jsonText(fields[i], depth)
		if unknown != "" {
			return "", unknown
		}
		between := ","
		if i == 0 {
			between = "{"
		}
		parts = append(parts, quote(between+jsonName(name.name)+":")+" || "+inner)
	}
	text = strings.Join(parts, " || ") + " || '}'"
	if v.parts != nil {
		return "(" + text + ")", ""
	}
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN 'null' ELSE %s END", v.text, text), ""
}

// jsonName returns a field's name in quotes.
func jsonName(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}
