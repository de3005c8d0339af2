package duckdb

import (
	"fmt"
	"regexp"
)

func arraysAndJSON() map[string]function {
	return map[string]function{
		"ARRAY_LENGTH":    {min: 1, max: 1, name: "len"},
		"ARRAY_TO_STRING": {min: 2, max: 2, rewrite: arrayToString},
		"GENERATE_ARRAY":  {min: 2, max: 3, rewrite: generateArray},
		"JSON_VALUE":      {min: 1, max: 2, rewrite: jsonValue},
	}
}

// arrayToString passes over NULLs in both dialects.
func arrayToString(c *call) string {
	if !c.typeIs(0, "ARRAY<STRING>") {
		return "NULL"
	}
	return c.asWritten("array_to_string", "", nil)
}

func generateArray(c *call) string {
	for i := range c.args {
		if !c.typeIs(i, "INT64") {
			return "NULL"
		}
	}
	return c.asWritten("generate_series", "", nil)
}

// jsonPath is the part of JSONPath that both dialects read alike.
var jsonPath = regexp.MustCompile(`^\$(\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]+\])*$`)

// jsonValue is a JSON scalar as text; NULL of anything else. DuckDB would give an object's text. A number that is not
// whole is an error, since the dialects keep its digits differently.
func jsonValue(c *call) string {
	path := "$"
	if len(c.args) == 2 {
		if c.args[1].kind != "StringLiteral" || !jsonPath.MatchString(c.args[1].value) {
			return c.refuse(c.args[1], c.name, "the path must be a literal of names and numbers: '$.a.b[0]'")
		}
		path = c.args[1].value
	}
	if !c.typeIs(0, "JSON") {
		return "NULL"
	}
	value, place := c.arg(0), quote(path)
	return fmt.Sprintf("CASE json_type(%s, %s) WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL "+
		"WHEN 'DOUBLE' THEN error('JSON_VALUE of a number with decimals') ELSE json_extract_string(%s, %s) END",
		value, place, value, place)
}
