package compile

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/manifest"
)

const hashedModel = `/*
description: Sales by day and item.
grain: daily
materialized: incremental
incremental_strategy: insert_overwrite
partition_by: day
unique_key: [day, item]
cluster_by: [item]
inputs:
  raw.books_costs: month_of
columns:
  - {name: day, description: The day.}
  - {name: item, description: What was sold.}
  - name: pieces
    description: How many.
    tests:
      - expression: pieces > 0
*/
SELECT day, item, SUM(IF(kind = 'Rent', pieces, 0)) AS pieces
FROM raw.till_sales, raw.books_costs
WHERE day = @partition_date
GROUP BY day, item
`

// hashOf returns the hash of a project's only model.
func hashOf(t *testing.T, text string) string {
	t.Helper()
	m, err := Project(project(t, map[string]string{"m.sql": text}))
	if err != nil {
		t.Fatal(err)
	}
	return m.Models[0].SQL[manifest.BigQuery].Hash + m.Models[0].SQL[manifest.DuckDB].Hash
}

func TestHashChangesOnlyWithTheMeaning(t *testing.T) {
	before := hashOf(t, hashedModel)
	if !regexp.MustCompile(`^[0-9a-f]{128}$`).MatchString(before) {
		t.Fatalf("hash %q", before)
	}
	for name, c := range map[string]struct {
		old, new string
		changes  bool
	}{
		"nothing":                      {"", "", false},
		"a comment":                    {"SELECT day", "SELECT -- by day\n  day", false},
		"a comment at the end":         {"GROUP BY day, item\n", "GROUP BY day, item # 'all'\n", false},
		"a semicolon at the end":       {"GROUP BY day, item\n", "GROUP BY day, item\n;\n", false},
		"layout":                       {"day, item, SUM", "day,\n\titem,SUM", false},
		"case of keywords":             {"SELECT day", "select day", false},
		"the model's description":      {"Sales by day and item.", "Sales.", false},
		"a column's description":       {"How many.", "Pieces.", false},
		"the header's layout":          {"[day, item]", "[ day,  item ]", false},
		"the default, left out":        {"incremental_strategy: insert_overwrite\n", "", false},
		"a text":                       {"'Rent'", "'rent'", true},
		"a number":                     {"pieces, 0)", "pieces, 1)", true},
		"a function":                   {"SUM(", "MAX(", true},
		"an operator":                  {"day = @", "day >= @", true},
		"the order of keys":            {"unique_key: [day, item]", "unique_key: [item, day]", true},
		"clustering":                   {"cluster_by: [item]", "cluster_by: [day]", true},
		"the strategy":                 {"insert_overwrite", "merge", true},
		"a mapping":                    {"month_of", "previous_month", true},
		"a test":                       {"pieces > 0", "pieces >= 0", true},
		"a test's kind":                {"- expression: pieces > 0", "- not_null", true},
		"one test less":                {"    tests:\n      - expression: pieces > 0\n", "", true},
		"a test that warns":            {"pieces > 0\n", "pieces > 0\n        severity: warn\n", true},
		"the default severity, given":  {"pieces > 0\n", "pieces > 0\n        severity: error\n", false},
		"a column's type":              {"SUM(IF(kind = 'Rent', pieces, 0))", "SUM(IF(kind = 'Rent', price, 0))", true},
		"a comment mark within a text": {"'Rent'", "'Rent -- all'", true},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(hashedModel, c.old) {
				t.Fatalf("%q is not in the model", c.old)
			}
			after := hashOf(t, strings.Replace(hashedModel, c.old, c.new, 1))
			if changed := before != after; changed != c.changes {
				t.Errorf("the hash changed: %v", changed)
			}
		})
	}
}

// Layout and comments of the query do not change what is hashed.
func TestHashIgnoresLayout(t *testing.T) {
	cat, err := googlesql.New()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := RawTables(project(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if err := cat.Add(table); err != nil {
			t.Fatal(err)
		}
	}
	inputs := []manifest.Input{{Table: "raw.till_sales", Mapping: manifest.Same}, {Table: "raw.books_costs", Mapping: manifest.MonthOf}}
	hashed := func(query string) string {
		r, err := restrict(query, inputs, cat)
		if err != nil {
			t.Fatal(err)
		}
		return oneLayout(r.text, cat)
	}
	_, query, _ := strings.Cut(hashedModel, "*/")
	before := hashed(query)
	blanks := rapid.SampledFrom([]string{" ", "\n", "\t ", " -- it's\n", "/* \" */", " # `\n"})
	rapid.Check(t, func(r *rapid.T) {
		var text strings.Builder
		for _, token := range googlesql.Scan(query) {
			text.WriteString(blanks.Draw(r, "blank") + token.Text)
		}
		if after := hashed(text.String()); after != before {
			r.Errorf("another text is hashed for\n%s", text.String())
		}
	})
}
