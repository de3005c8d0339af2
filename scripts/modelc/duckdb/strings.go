package duckdb

import (
	"fmt"
	"strings"
)

func texts() map[string]function {
	same := function{min: 1, max: 1, rewrite: ofStrings("")}
	two := function{min: 2, max: 2, rewrite: ofStrings("")}
	return map[string]function{
		"CONCAT":           {min: 1, max: -1, rewrite: concat},
		"UPPER":            same,
		"LOWER":            same,
		"REVERSE":          same,
		"LENGTH":           same,
		"CHAR_LENGTH":      {min: 1, max: 1, rewrite: ofStrings("length")},
		"CHARACTER_LENGTH": {min: 1, max: 1, rewrite: ofStrings("length")},
		"STARTS_WITH":      two,
		"ENDS_WITH":        {min: 2, max: 2, rewrite: ofStrings("suffix")},
		"STRPOS":           two,
		"TRIM":             {min: 1, max: 2, rewrite: trim},
		"LTRIM":            {min: 1, max: 2, rewrite: trim},
		"RTRIM":            {min: 1, max: 2, rewrite: trim},
		"REPLACE":          {min: 3, max: 3, rewrite: ofStrings("")},
		"SUBSTR":           {min: 2, max: 3, rewrite: substr},
		"SUBSTRING":        {min: 2, max: 3, rewrite: substr},
		"LEFT":             {min: 2, max: 2, rewrite: side},
		"RIGHT":            {min: 2, max: 2, rewrite: side},
		"SPLIT":            {min: 1, max: 2, rewrite: split},
		"REGEXP_CONTAINS":  {min: 2, max: 2, rewrite: regexpContains},
		"REGEXP_EXTRACT":   {min: 2, max: 2, rewrite: regexpExtract},
		"REGEXP_REPLACE":   {min: 3, max: 3, rewrite: regexpReplace},
		"SHA256":           {min: 1, max: 1, rewrite: sha256},
		"TO_HEX":           {min: 1, max: 1, rewrite: toHex},
	}
}

// ofStrings is a function of the same meaning, of STRINGs only, under DuckDB's name if that is another.
func ofStrings(name string) func(c *call) string {
	return func(c *call) string {
		for i := range c.args {
			if !c.typeIs(i, "STRING") {
				return "NULL"
			}
		}
		if name == "" {
			return c.asWritten(c.source(c.n.children[0]), "", nil)
		}
		return c.asWritten(name, "", nil)
	}
}

// concat is NULL when any argument is; DuckDB's own passes over the NULLs.
func concat(c *call) string {
	texts := make([]string, len(c.args))
	for i, a := range c.args {
		if !c.typeIs(i, "STRING") {
			return "NULL"
		}
		texts[i] = c.operand(a)
	}
	return "(" + strings.Join(texts, " || ") + ")"
}

// whiteSpace is what TRIM takes away when nothing is said: the characters that Unicode calls White_Space. DuckDB takes
// away the blank only.
const whiteSpace = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

func trim(c *call) string {
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	name := strings.ToLower(c.name)
	if len(c.args) == 2 {
		return c.asWritten(name, "", nil)
	}
	var codes []string
	for _, character := range whiteSpace {
		codes = append(codes, fmt.Sprint(int(character)))
	}
	return fmt.Sprintf("%s(%s, %s)", name, c.arg(0), "chr("+strings.Join(codes, ") || chr(")+")")
}

// substr counts from 1. What a place before the first means, the dialects disagree on.
func substr(c *call) string {
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	if from, ok := c.integer(c.args[1]); !ok || from < 1 {
		return c.refuse(c.args[1], c.name, "the place must be a literal from 1")
	}
	if len(c.args) == 3 {
		if length, ok := c.integer(c.args[2]); !ok || length < 0 {
			return c.refuse(c.args[2], c.name, "the length must be a literal from 0")
		}
	}
	return c.asWritten(c.source(c.n.children[0]), "", []int{1, 2})
}

func side(c *call) string {
	if length, ok := c.integer(c.args[1]); !ok || length < 0 {
		return c.refuse(c.args[1], c.name, "the length must be a literal from 0")
	}
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	return c.asWritten(c.source(c.n.children[0]), "", []int{1})
}

func split(c *call) string {
	separator := "','"
	if len(c.args) == 2 {
		if c.args[1].kind != "StringLiteral" || c.args[1].value == "" {
			return c.refuse(c.args[1], c.name, "the separator must be a literal that is not empty")
		}
		separator = c.arg(1)
	}
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	return fmt.Sprintf("string_split(%s, %s)", c.arg(0), separator)
}

// pattern is a regular expression; both dialects use RE2. groups is how many groups it captures.
func (c *call) pattern(i int) (text string, groups int, ok bool) {
	n := c.args[i]
	if n.kind != "StringLiteral" {
		c.refuse(n, c.name, "the pattern must be a literal")
		return "", 0, false
	}
	groups, err := captures(n.value)
	if err != nil {
		c.refuse(n, c.name, err.Error())
		return "", 0, false
	}
	return c.text(n), groups, c.typeIs(0, "STRING")
}

func regexpContains(c *call) string {
	pattern, _, ok := c.pattern(1)
	if !ok {
		return "NULL"
	}
	return fmt.Sprintf("regexp_matches(%s, %s)", c.arg(0), pattern)
}

// regexpExtract is what the group caught, or the whole match when there is no group; NULL when nothing matches, where
// DuckDB gives an empty string. A group that took no part in a match gives NULL in GoogleSQL, which is refused by
// captures.
func regexpExtract(c *call) string {
	pattern, groups, ok := c.pattern(1)
	switch {
	case !ok:
		return "NULL"
	case groups > 1:
		return c.refuse(c.args[1], c.name, "the pattern must have one group at most")
	}
	text := c.arg(0)
	return fmt.Sprintf("CASE WHEN regexp_matches(%s, %s) THEN regexp_extract(%s, %s, %d) END",
		text, pattern, text, pattern, groups)
}

// regexpReplace replaces every match.
func regexpReplace(c *call) string {
	pattern, _, ok := c.pattern(1)
	if !ok || !c.typeIs(2, "STRING") {
		return "NULL"
	}
	if c.args[2].kind != "StringLiteral" {
		return c.refuse(c.args[2], c.name, "the replacement must be a literal")
	}
	return fmt.Sprintf("regexp_replace(%s, %s, %s, 'g')", c.arg(0), pattern, c.arg(2))
}

// sha256 is BYTES; DuckDB's is their hexadecimal text.
func sha256(c *call) string {
	if !c.typeIs(0, "STRING") {
		return "NULL"
	}
	return fmt.Sprintf("unhex(sha256(%s))", c.arg(0))
}

func toHex(c *call) string {
	if inner := c.args[0]; inner.kind == "FunctionCall" && inner.children[0].name() == "SHA256" {
		return strings.TrimSuffix(strings.TrimPrefix(c.arg(0), "unhex("), ")")
	}
	return fmt.Sprintf("lower(hex(%s))", c.arg(0))
}
