package duckdb

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

func stringFunctions() map[string]function {
	one := function{min: 1, max: 1, types: "STRING"}
	two := function{min: 2, max: 2, types: "STRING"}
	length := function{min: 1, max: 1, types: "STRING", name: "length"}
	trim := function{min: 1, max: 2, types: "STRING ANY", rewrite: trim}
	substr := function{min: 2, max: 3, types: "STRING ANY", numbers: []number{{1, "place", 1}, {2, "length", 0}}}
	side := function{min: 2, max: 2, types: "STRING ANY", numbers: []number{{1, "length", 0}}}
	return map[string]function{
		"CONCAT":           {min: 1, max: -1, types: "STRING", rewrite: concat},
		"UPPER":            {min: 1, max: 1, types: "STRING", format: "upper(replace({0}, 'ß', 'ss'))"},
		"LOWER":            one,
		"REVERSE":          {min: 1, max: 1, types: "STRING", format: reverse},
		"LENGTH":           one,
		"CHAR_LENGTH":      length,
		"CHARACTER_LENGTH": length,
		"STARTS_WITH":      two,
		"ENDS_WITH":        {min: 2, max: 2, types: "STRING", name: "suffix"},
		"STRPOS":           two,
		"TRIM":             trim,
		"LTRIM":            trim,
		"RTRIM":            trim,
		"REPLACE":          {min: 3, max: 3, types: "STRING"},
		"SUBSTR":           substr, // the dialects disagree on what a place before the first means
		"SUBSTRING":        substr,
		"LEFT":             side,
		"RIGHT":            side,
		"SPLIT":            {min: 1, max: 2, types: "STRING ANY", rewrite: split},
		"REGEXP_CONTAINS":  {min: 2, max: 2, types: "STRING", rewrite: regexpContains},
		"REGEXP_EXTRACT":   {min: 2, max: 2, types: "STRING", rewrite: regexpExtract},
		"REGEXP_REPLACE":   {min: 3, max: 3, types: "STRING", rewrite: regexpReplace},
		"SHA256":           {min: 1, max: 1, types: "STRING", format: "unhex(sha256({0}))"},
		"TO_HEX":           {min: 1, max: 1, rewrite: toHex},
	}
}

// reverse goes by characters. DuckDB's own keeps those together that are drawn as one.
const reverse = "array_to_string(list_reverse(regexp_extract_all({0}, '(?s).')), '')"

// concat is NULL when any argument is. DuckDB's CONCAT ignores NULLs.
func concat(c *call) string {
	texts := make([]string, len(c.args))
	for i, a := range c.args {
		texts[i] = c.operand(a)
	}
	return c.typed(c.n, "("+strings.Join(texts, " || ")+")", c.args...)
}

// whiteSpace lists what TRIM removes by default: Unicode's White_Space. DuckDB removes blanks only.
const whiteSpace = "\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" +
	"\u2028\u2029\u202f\u205f\u3000"

func trim(c *call) string {
	name := strings.ToLower(c.name)
	if len(c.args) == 2 {
		return c.asWritten(name)
	}
	var codes []string
	for _, character := range whiteSpace {
		codes = append(codes, fmt.Sprintf("chr(%d)", character))
	}
	return fmt.Sprintf("%s(%s, %s)", name, c.arg(0), strings.Join(codes, " || "))
}

func split(c *call) string {
	separator := "','"
	if len(c.args) == 2 {
		if c.args[1].Kind != "StringLiteral" || c.args[1].Value == "" {
			return c.refuse(c.args[1], c.name, "the separator must be a literal that is not empty")
		}
		separator = c.arg(1)
	}
	return fmt.Sprintf("string_split(%s, %s)", c.arg(0), separator)
}

func toHex(c *call) string {
	if inner := c.args[0]; inner.Kind == "FunctionCall" && pathName(inner.Children[0]) == "SHA256" {
		return strings.TrimSuffix(strings.TrimPrefix(c.arg(0), "unhex("), ")") // DuckDB's sha256 is hexadecimal already
	}
	return fmt.Sprintf("lower(hex(%s))", c.arg(0))
}

// pattern returns the second argument, a regular expression, and the number of its groups. Both dialects use
// RE2.
func (c *call) pattern() (text string, groups int, ok bool) {
	n := c.args[1]
	if n.Kind != "StringLiteral" {
		c.refuse(n, c.name, "the pattern must be a literal")
		return "", 0, false
	}
	groups, err := captures(n.Value)
	if err != nil {
		c.refuse(n, c.name, err.Error())
		return "", 0, false
	}
	return c.text(n), groups, true
}

func regexpContains(c *call) string {
	pattern, _, ok := c.pattern()
	if !ok {
		return "NULL"
	}
	return fmt.Sprintf("regexp_matches(%s, %s)", c.arg(0), pattern)
}

// regexpExtract is what the group matched, or the whole match when there is no group. It is NULL when nothing
// matches, where DuckDB gives an empty string.
func regexpExtract(c *call) string {
	pattern, groups, ok := c.pattern()
	switch {
	case !ok:
		return "NULL"
	case groups > 1:
		return c.refuse(c.args[1], c.name, "the pattern can have only one group")
	}
	text := c.arg(0)
	return fmt.Sprintf("CASE WHEN regexp_matches(%s, %s) THEN regexp_extract(%s, %s, %d) END",
		text, pattern, text, pattern, groups)
}

// regexpReplace replaces every match.
func regexpReplace(c *call) string {
	pattern, groups, ok := c.pattern()
	if !ok {
		return "NULL"
	}
	if c.args[2].Kind != "StringLiteral" {
		return c.refuse(c.args[2], c.name, "the replacement must be a literal")
	}
	for _, reference := range regexp.MustCompile(`(?s)\\.?`).FindAllString(c.args[2].Value, -1) {
		if group, err := strconv.Atoi(reference[1:]); reference != `\\` && (err != nil || group > groups) {
			return c.refuse(c.args[2], c.name, "in the replacement, "+reference+" is neither a group of the pattern nor a backslash")
		}
	}
	return fmt.Sprintf("regexp_replace(%s, %s, %s, 'g')", c.arg(0), pattern, c.arg(2))
}

// captures returns the number of groups of a regular expression. It fails for a group that a match may leave
// out, which gives NULL in GoogleSQL and an empty string in DuckDB, and for an expression that can match an
// empty string, after which the dialects continue differently.
func captures(pattern string) (int, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, errors.New("the pattern is not in the syntax that both dialects know: " + err.Error())
	}
	if hasOptionalGroup(tree, false) {
		return 0, errors.New("a match may leave out the pattern's group, which gives NULL in GoogleSQL only")
	}
	if matchesEmpty(tree) {
		return 0, errors.New("the pattern can match an empty string, after which the dialects differ")
	}
	return tree.MaxCap(), nil
}

func hasOptionalGroup(tree *syntax.Regexp, optional bool) bool {
	switch tree.Op {
	case syntax.OpCapture:
		if optional {
			return true
		}
	case syntax.OpStar, syntax.OpQuest, syntax.OpAlternate:
		optional = true
	case syntax.OpRepeat:
		optional = optional || tree.Min == 0
	}
	return slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return hasOptionalGroup(sub, optional) })
}

func matchesEmpty(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpConcat:
		return !slices.ContainsFunc(tree.Sub, func(sub *syntax.Regexp) bool { return !matchesEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(tree.Sub, matchesEmpty)
	case syntax.OpCapture, syntax.OpPlus:
		return matchesEmpty(tree.Sub[0])
	case syntax.OpRepeat:
		return tree.Min == 0 || matchesEmpty(tree.Sub[0])
	}
	return true
}
