package duckdb

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every construct that is rewritten stands in a query of testdata/queries, so that GoogleSQL's reference
// implementation says what it means. MERGE has a test of its own.
func TestEveryConstructHasAQuery(t *testing.T) {
	catalog, used := testCatalog(t), map[string]bool{}
	statements := []string{mergeStatement}
	for _, q := range corpus(t) {
		statements = append(statements, q.sql)
	}
	for _, sql := range statements {
		r, root, err := newRewriter(catalog, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		root.Walk(func(n *node) {
			for _, construct := range r.constructs(n) {
				used[construct] = true
			}
		})
	}
	for _, construct := range accepted() {
		if !used[construct] {
			t.Errorf("no query has: %s; add one to testdata/queries", construct)
		}
	}
}

// comparableTypes lists the types whose values are compared.
func comparableTypes() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(scalars)), func(t string) bool { return !isScalar(t) })
}

// accepted returns all constructs that are rewritten, sorted, as [rewriter.constructs] names them.
func accepted() []string {
	list := map[string]bool{}
	add := func(format string, args ...any) { list[fmt.Sprintf(format, args...)] = true }
	words := map[string]string{"Location": locationWords, "Select": "ALL DISTINCT"}
	maps.Copy(words, spliced)
	maps.Copy(words, bareNumbers)
	for kind := range kinds() {
		add("node %s", kind)
	}
	for kind, text := range words {
		add("node %s", kind)
		for word := range strings.FieldsSeq(strings.TrimSuffix(text, ",")) {
			add("%s in node %s", word, kind)
		}
	}
	for name, f := range functions() {
		add("function %s", name)
		add("%s with %d arguments", name, f.min)
		add("%s with %d arguments", name, max(f.min, f.max))
		for word := range strings.FieldsSeq(f.modifiers) {
			add("%s with %s", name, word)
		}
		for i, types := range strings.Fields(f.types) {
			for t := range strings.SplitSeq(types, "|") {
				switch t {
				case "ANY":
				case "COMPARABLE":
					for _, t := range comparableTypes() {
						add("%s of %s", name, t)
					}
				default:
					add("argument %d of %s of type %s", i+1, name, t)
				}
			}
		}
	}
	for t := range jsonTexts {
		add("TO_JSON_STRING of %s", t)
	}
	for operator, kind := range operators {
		add("operator %s", operator)
		switch kind {
		case equality, order:
			for _, t := range comparableTypes() {
				add("operator %s of %s", operator, t)
			}
		case arithmetic:
			for _, t := range []string{"INT64", "FLOAT64", "NUMERIC"} {
				add("operator %s of %s", operator, t)
			}
		}
	}
	for _, t := range comparableTypes() {
		add("node InExpression of %s", t)
		add("node BetweenExpression of %s", t)
		add("node CaseValueExpression of %s", t)
	}
	add("operator + of DATE")
	add("operator - of DATE")
	for _, operator := range unaryOperators {
		add("operator %s", operator)
	}
	for types := range conversions {
		add("CAST AS from %s to %s", types[0], types[1])
		add("SAFE_CAST AS from %s to %s", types[0], types[1])
	}
	for _, t := range slices.Concat(slices.Collect(maps.Keys(scalars)), slices.Collect(maps.Keys(synonyms))) {
		add("type %s", t)
	}
	for part := range extracts {
		add("EXTRACT %s", part)
	}
	for element := range formats {
		add("FORMAT_TIMESTAMP %%%c", element)
		if strings.ContainsRune(dateElements, rune(element)) {
			add("FORMAT_DATE %%%c", element)
		}
	}
	for _, format := range append(parsed, "%F") {
		add("PARSE_DATE %s", format)
	}
	weeks := strings.Join(slices.Collect(maps.Keys(weekdays)), " ")
	for name, units := range map[string]string{
		"DATE_ADD": dateUnits, "DATE_SUB": dateUnits, "GENERATE_DATE_ARRAY": dateUnits,
		"DATE_DIFF": monthUnits + " " + weeks, "DATE_TRUNC": monthUnits + " " + weeks, "LAST_DAY": "MONTH",
		"TIMESTAMP_ADD": timeUnits, "TIMESTAMP_SUB": timeUnits, "TIMESTAMP_DIFF": timeUnits,
		"TIMESTAMP_TRUNC": timeUnits + " " + monthUnits + " ISOWEEK WEEK WEEK(MONDAY) WEEK(SUNDAY)",
	} {
		for unit := range strings.FieldsSeq(units) {
			add("%s by %s", name, unit)
		}
	}
	for _, place := range []string{"OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL"} {
		add("function %s", place)
	}
	return slices.Sorted(maps.Keys(list))
}

// constructs returns the names of the constructs that a node stands for.
func (r *rewriter) constructs(n *node) []string {
	list := []string{"node " + n.Kind}
	for _, word := range r.marks(n) {
		list = append(list, word+" in node "+n.Kind)
	}
	switch n.Kind {
	case "FunctionCall":
		list = append(list, r.callConstructs(n)...)
	case "BinaryExpression", "UnaryExpression":
		operator := "operator " + r.operator(n)
		list = append(list, operator, operator+" of "+r.typeOf(n.Children[0]))
	case "InExpression", "BetweenExpression", "CaseValueExpression":
		list = append(list, "node "+n.Kind+" of "+r.typeOf(n.Children[0]))
	case "CastExpression":
		from := r.typeOf(n.Children[0])
		if n.Children[0].Kind == "StringLiteral" {
			from = "STRING"
		}
		list = append(list, fmt.Sprintf("%s from %s to %s", r.operator(n), from, r.writtenType(n.Children[1])))
	case "SimpleType":
		list = append(list, "type "+pathName(n.Children[0]))
	case "ExtractExpression":
		list = append(list, "EXTRACT "+part(n.Children[0]))
	}
	return list
}

func (r *rewriter) callConstructs(n *node) []string {
	name := pathName(n.Children[0])
	list := []string{"function " + name}
	for _, word := range r.marks(n) {
		list = append(list, name+" with "+word)
	}
	count := 0
	for _, c := range n.Children[1:] {
		switch c.Kind {
		case "OrderBy", "LimitOffset":
			list = append(list, name+" with "+strings.TrimSuffix(strings.ToUpper(c.Kind), "OFFSET"), name+" with ORDER")
			continue
		case "IntervalExpr":
			list = append(list, name+" by "+part(c.Children[1]))
		case "StringLiteral":
			list = append(list, name+" "+c.Value)
			for _, element := range regexp.MustCompile("%.").FindAllString(c.Value, -1) {
				list = append(list, name+" "+element)
			}
		}
		count++
		t := r.typeOf(c)
		list = append(list, fmt.Sprintf("%s of %s", name, t), fmt.Sprintf("argument %d of %s of type %s", count, name, t),
			name+" by "+part(c))
	}
	return append(list, fmt.Sprintf("%s with %d arguments", name, count))
}
