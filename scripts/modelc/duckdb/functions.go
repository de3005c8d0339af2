package duckdb

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// function describes how calls of one GoogleSQL function are written in DuckDB. Without name, format and
// rewrite, the call stays as it was written.
type function struct {
	min, max int // number of arguments; max < 0: no limit
	// types lists the argument types that are known to mean the same, separated by blanks; the last applies to
	// all further arguments. A|B allows either, COMPARABLE every type whose values compare alike, ANY every
	// type. Empty: ANY.
	types     string
	numbers   []number // arguments that must be literals
	untyped   []int    // arguments whose literals keep no type, beside those in numbers
	modifiers string   // words allowed among the arguments
	name      string   // DuckDB's name, if it differs
	format    string   // the call: {0} is the first argument, {(0)} the same as an operand
	rewrite   func(c *call) string
}

// number is an argument that must be a literal whole number.
type number struct {
	arg   int
	what  string // "place"
	least int64
}

type call struct {
	*rewriter
	function
	n       *node
	name    string // in upper case
	args    []*node
	words   map[string]bool // the words among the arguments: DISTINCT, IGNORE, RESPECT, NULLS
	orderBy *node           // nil: none
	limit   *node
	wrap    string // goes around the call and its OVER, with %s in their place
}

// functions returns all functions that are rewritten, by name.
func functions() map[string]function {
	all := generalFunctions()
	maps.Copy(all, stringFunctions())
	maps.Copy(all, dateFunctions())
	return all
}

// functionCall is a call without OVER.
func (r *rewriter) functionCall(n *node) string {
	core, wrap := r.call(n)
	return fmt.Sprintf(wrap, core)
}

// analytic is a call with OVER.
func (r *rewriter) analytic(n *node) string {
	if n.Children[0].Kind != "FunctionCall" {
		return r.refuseUnknown(n, wording(n), "")
	}
	wrap := "%s"
	text := r.splice(n, "OVER", func(c *node) string {
		if c.Kind != "FunctionCall" {
			return r.text(c)
		}
		var core string
		core, wrap = r.call(c)
		return core
	})
	return fmt.Sprintf(wrap, text)
}

// call returns the text of a function call, and what goes around it and its OVER.
func (r *rewriter) call(n *node) (core, wrap string) {
	c := &call{rewriter: r, n: n, name: pathName(n.Children[0]), words: map[string]bool{}, wrap: "%s"}
	f, ok := r.functions[c.name]
	if !ok {
		return r.refuseUnknown(n, "function "+c.name, ""), "%s"
	}
	c.function = f
	if reason := r.facts.special[n.Range]; reason != "" {
		return r.refuse(n, c.name, reason), "%s"
	}
	for _, child := range n.Children[1:] {
		switch child.Kind {
		case "OrderBy":
			c.orderBy = child
		case "LimitOffset":
			c.limit = child
		case "HavingModifier", "WhereClause", "GroupBy", "Having", "ClampedBetweenModifier", "WithReportModifier",
			"NamedArgument", "Lambda", "Hint":
			return r.refuseUnknown(child, c.name, "with a "+wording(child)), "%s"
		default:
			c.args = append(c.args, child)
		}
	}
	if len(c.args) < f.min || f.max >= 0 && len(c.args) > f.max {
		return r.refuseUnknown(n, c.name, fmt.Sprintf("with %d arguments", len(c.args))), "%s"
	}
	for _, word := range r.marks(n) {
		c.words[word] = true
	}
	if !c.modifiersKnown() || !c.typesKnown() || !c.numbersKnown() {
		return "NULL", "%s"
	}
	switch {
	case f.rewrite != nil:
		return f.rewrite(c), c.wrap
	case f.format != "":
		return c.fill(f.format), c.wrap
	case f.name != "":
		return c.asWritten(f.name), c.wrap
	}
	return c.asWritten(r.source(n.Children[0])), c.wrap
}

func (c *call) modifiersKnown() bool {
	allowed, ok := strings.Fields(c.modifiers), true
	for word := range c.words {
		if !contains(allowed, word) {
			c.refuseUnknown(c.n, c.name, "with "+word)
			ok = false
		}
	}
	for word, n := range map[string]*node{"ORDER": c.orderBy, "LIMIT": c.limit} {
		if n != nil && !contains(allowed, word) {
			c.refuseUnknown(n, c.name, "with "+word)
			ok = false
		}
	}
	return ok
}

func (c *call) typesKnown() bool {
	types := strings.Fields(c.types)
	for i, arg := range c.args {
		if len(types) == 0 {
			return true
		}
		have, want := c.typeOf(arg), types[min(i, len(types)-1)]
		ok := want == "ANY" || contains(strings.Split(want, "|"), have)
		if !ok && (want != "COMPARABLE" || !isComparable(have)) {
			c.refuseUnknown(c.n, c.name, "of "+have)
			return false
		}
	}
	return true
}

func (c *call) numbersKnown() bool {
	for _, number := range c.numbers {
		if number.arg >= len(c.args) {
			continue
		}
		if value, ok := c.integer(c.args[number.arg]); !ok || value < number.least {
			reason := fmt.Sprintf("the %s must be a literal of at least %d", number.what, number.least)
			c.refuse(c.args[number.arg], c.name, reason)
			return false
		}
	}
	return true
}

// fill puts the arguments into a format.
func (c *call) fill(format string) string {
	var pairs []string
	for i, a := range c.args {
		pairs = append(pairs, fmt.Sprintf("{%d}", i), c.text(a), fmt.Sprintf("{(%d)}", i), c.operand(a))
	}
	return strings.NewReplacer(pairs...).Replace(format)
}

// asWritten is the call under DuckDB's name, and otherwise as it was written.
func (c *call) asWritten(name string) string {
	return c.splice(c.n, c.modifiers, func(child *node) string {
		i := slices.Index(c.args, child)
		counted := slices.ContainsFunc(c.numbers, func(n number) bool { return n.arg == i })
		switch {
		case child == c.n.Children[0]:
			return name
		case i >= 0 && (counted || slices.Contains(c.untyped, i)):
			return c.bareText(child)
		}
		return c.text(child)
	})
}

// arg returns the text of the i-th argument.
func (c *call) arg(i int) string { return c.text(c.args[i]) }

// list returns the arguments' texts, separated by commas.
func (c *call) list(text func(*node) string) string {
	texts := make([]string, len(c.args))
	for i, a := range c.args {
		texts[i] = text(a)
	}
	return strings.Join(texts, ", ")
}

func generalFunctions() map[string]function {
	const nulls = "IGNORE RESPECT NULLS"
	neighbour := function{min: 1, max: 3, numbers: []number{{1, "distance", 0}}, untyped: []int{2}}
	nth := function{min: 1, max: 1, modifiers: nulls}
	extreme := function{min: 1, max: -1, types: "COMPARABLE", rewrite: extreme}
	stringAgg := func(c *call) string { return c.aggregate("string_agg") }
	return map[string]function{
		// Conditions
		"IF":       {min: 3, max: 3, rewrite: ifElse},
		"IFNULL":   {min: 2, max: 2, rewrite: resultsOf("COALESCE")},
		"COALESCE": {min: 1, max: -1, rewrite: resultsOf("COALESCE")},
		"NULLIF":   {min: 2, max: 2, types: "COMPARABLE", rewrite: nullIf},
		"GREATEST": extreme,
		"LEAST":    extreme,
		"ERROR":    {min: 1, max: 1, types: "STRING", format: "CAST(error({0}) AS BIGINT)"},

		// Numbers. The dialects agree on the sign of MOD and on the direction in which DIV rounds.
		"SAFE_DIVIDE": {min: 2, max: 2, rewrite: safeDivide},
		"DIV":         {min: 2, max: 2, types: "INT64", rewrite: quotient},
		"MOD":         {min: 2, max: 2, types: "INT64", rewrite: remainder},
		"ABS":         {min: 1, max: 1, rewrite: abs},
		"SIGN":        {min: 1, max: 1, rewrite: sign},
		"ROUND":       {min: 1, max: 2, rewrite: round},
		"CEIL":        {min: 1, max: 1, rewrite: whole("ceil")},
		"CEILING":     {min: 1, max: 1, rewrite: whole("ceil")},
		"FLOOR":       {min: 1, max: 1, rewrite: whole("floor")},
		"TRUNC":       {min: 1, max: 1, rewrite: whole("trunc")},
		"SQRT":        {min: 1, max: 1, rewrite: ofFloat("sqrt")},

		// Arrays and JSON
		"ARRAY_LENGTH":    {min: 1, max: 1, name: "len"},
		"ARRAY_TO_STRING": {min: 2, max: 2, types: "ARRAY<STRING> ANY", rewrite: arrayToString},
		"GENERATE_ARRAY":  {min: 2, max: 3, types: "INT64", rewrite: generateArray},
		"JSON_VALUE":      {min: 1, max: 2, types: "JSON ANY", rewrite: jsonValue},
		"TO_JSON_STRING":  {min: 1, max: 1, rewrite: toJSONString},

		// Aggregates. DuckDB's count_if is a sum, which is NULL when there are no rows.
		"COUNT":       {min: 1, max: 1, modifiers: "DISTINCT"},
		"COUNTIF":     {min: 1, max: 1, format: "COUNT(CASE WHEN {0} THEN 1 END)"},
		"SUM":         {min: 1, max: 1, modifiers: "DISTINCT", rewrite: sum},
		"AVG":         {min: 1, max: 1, modifiers: "DISTINCT", rewrite: average},
		"MIN":         {min: 1, max: 1, types: "COMPARABLE"},
		"MAX":         {min: 1, max: 1, types: "COMPARABLE"},
		"ANY_VALUE":   {min: 1, max: 1},
		"LOGICAL_AND": {min: 1, max: 1, name: "bool_and"},
		"LOGICAL_OR":  {min: 1, max: 1, name: "bool_or"},
		"STRING_AGG":  {min: 1, max: 2, types: "STRING ANY", modifiers: "DISTINCT ORDER", rewrite: stringAgg},
		"ARRAY_AGG":   {min: 1, max: 1, modifiers: "DISTINCT ORDER LIMIT " + nulls, rewrite: arrayAgg},
		"STDDEV":      {min: 1, max: 1, rewrite: ofFloat("stddev_samp")},
		"STDDEV_SAMP": {min: 1, max: 1, rewrite: ofFloat("stddev_samp")},
		"STDDEV_POP":  {min: 1, max: 1, rewrite: ofFloat("stddev_pop")},
		"VARIANCE":    {min: 1, max: 1, rewrite: ofFloat("var_samp")},
		"VAR_SAMP":    {min: 1, max: 1, rewrite: ofFloat("var_samp")},
		"VAR_POP":     {min: 1, max: 1, rewrite: ofFloat("var_pop")},
		"GROUPING":    {min: 1, max: 1},

		// Functions over a window. A negative distance is an error in GoogleSQL.
		"ROW_NUMBER":   {},
		"RANK":         {},
		"DENSE_RANK":   {},
		"PERCENT_RANK": {},
		"CUME_DIST":    {},
		"NTILE":        {min: 1, max: 1, untyped: []int{0}},
		"LAG":          neighbour,
		"LEAD":         neighbour,
		"FIRST_VALUE":  nth,
		"LAST_VALUE":   nth,
		"NTH_VALUE":    {min: 2, max: 2, modifiers: nulls},
	}
}

func ifElse(c *call) string {
	result := c.results(c.args[1], c.args[2])
	return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", c.arg(0), result(c.args[1]), result(c.args[2]))
}

// resultsOf is a function whose value is one of its arguments.
func resultsOf(name string) func(c *call) string {
	return func(c *call) string { return name + "(" + c.list(c.results(c.args...)) + ")" }
}

// nullIf has the type of both arguments. DuckDB gives it the type of the first.
func nullIf(c *call) string {
	beside := c.beside(c.args...)
	first := beside(c.args[0])
	if t := c.typeOf(c.n); c.isLiteral(c.args[0]) || t != c.typeOf(c.args[0]) {
		first = fmt.Sprintf("CAST(%s AS %s)", first, scalars[t])
	}
	return fmt.Sprintf("NULLIF(%s, %s)", first, beside(c.args[1]))
}

// extreme is NULL when any argument is, and NaN when any is that. DuckDB ignores NULLs and takes NaN for the
// greatest number.
func extreme(c *call) string {
	call := fmt.Sprintf("%s(%s)", strings.ToLower(c.name), c.list(c.results(c.args...)))
	var nulls, nans []string
	for _, a := range c.args {
		if isNumber(a) || a.Kind == "StringLiteral" || c.isNegative(a) {
			continue
		}
		nulls = append(nulls, c.operand(a)+" IS NULL")
		if c.typeOf(a) == "FLOAT64" && c.name == "LEAST" {
			nans = append(nans, fmt.Sprintf("isnan(%s)", c.text(a)))
		}
	}
	if len(nans) > 0 {
		call = fmt.Sprintf("CASE WHEN %s THEN 'nan'::DOUBLE ELSE %s END", strings.Join(nans, " OR "), call)
	}
	if len(nulls) == 0 {
		return call
	}
	return fmt.Sprintf("CASE WHEN %s THEN NULL ELSE %s END", strings.Join(nulls, " OR "), call)
}

// generateArray fails when its step is zero. DuckDB gives an empty array.
func generateArray(c *call) string {
	if len(c.args) < 3 || c.neverZero(c.args[2]) || c.isNegative(c.args[2]) {
		return c.asWritten("generate_series")
	}
	step := c.text(c.args[2])
	return fmt.Sprintf("generate_series(%s, %s, CASE WHEN %s = 0 THEN error('the step is 0') ELSE %s END)",
		c.arg(0), c.arg(1), step, step)
}

// arrayToString is empty for an array of NULLs alone, where DuckDB gives NULL.
func arrayToString(c *call) string {
	if c.args[1].Kind != "StringLiteral" {
		return c.refuse(c.args[1], c.name, "the separator must be a literal")
	}
	return fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN COALESCE(array_to_string(%s), '') END", c.operand(c.args[0]), c.list(c.text))
}

// sum of INT64 is a HUGEINT in DuckDB, and the sum of NUMERIC may have too many digits until it is read again.
// A sum that does not fit is an error.
func sum(c *call) string {
	switch c.typeOf(c.n) {
	case "INT64":
		c.wrap = "CAST(%s AS BIGINT)"
	case "NUMERIC":
		c.wrap = "CAST(CAST(%s AS VARCHAR) AS DECIMAL(38, 9))"
	}
	return c.asWritten(c.source(c.n.Children[0]))
}

func average(c *call) string {
	if c.typeOf(c.n) != "FLOAT64" {
		return c.refuse(c.n, "AVG of NUMERIC", "DuckDB gives a FLOAT64; cast the argument to FLOAT64")
	}
	return c.asWritten(c.source(c.n.Children[0]))
}

// arrayAgg excludes NULLs with a filter and applies a limit by slicing the array.
func arrayAgg(c *call) string {
	if c.limit != nil {
		count, ok := int64(0), false
		if limit := c.limit.Child("Limit"); limit != nil && len(c.limit.Children) == 1 {
			count, ok = c.integer(limit.Children[0])
		}
		if !ok || count < 1 {
			return c.refuse(c.limit, c.name, "its LIMIT must be a literal of at least 1, with no OFFSET")
		}
		c.wrap = fmt.Sprintf("list_slice(%%s, 1, %d)", count)
	}
	text := c.aggregate("array_agg")
	if c.words["IGNORE"] {
		text += fmt.Sprintf(" FILTER (WHERE %s IS NOT NULL)", c.operand(c.args[0]))
	}
	return text
}

// aggregate is the call with DISTINCT and ORDER BY, without IGNORE NULLS and LIMIT.
func (c *call) aggregate(name string) string {
	text := c.list(c.text)
	if c.words["DISTINCT"] {
		text = "DISTINCT " + text
	}
	if c.orderBy != nil {
		text += " " + c.text(c.orderBy)
	}
	return name + "(" + text + ")"
}
