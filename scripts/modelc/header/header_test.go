package header_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/scripts/modelc/header"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

const whole = `/*
description: >
  One row per story
  and day.
grain: daily
materialized: incremental
incremental_strategy: merge
partition_by: day
unique_key: [day, post_id]
cluster_by: [post_id]
inputs:
  raw.a: latest
  mart.b: [same, {last_n_days: 28}]
  mart.c: [{last_n_months: 13}, all]
columns:
  - name: day
    description: The day.
  - name: post_id
    description: The story.
    tests:
      - not_null
      - unique
      - accepted_values: {values: [A, "it's", 7, true, 2026-01-01]}
      - relationships: {to: mart.b, field: post_id}
      - expression: post_id = UPPER(post_id)
        severity: warn
tests:
  - unique: [day, post_id]
    severity: error
  - expression: reads <= views
*/
SELECT 1 -- one
`

func TestParseReadsEveryKey(t *testing.T) {
	got, query, findings := header.Parse("m.sql", whole)
	if err := findings.Err(); err != nil {
		t.Fatal(err)
	}
	want := &header.Header{
		Description:  "One row per story and day.",
		Grain:        partition.Daily,
		Materialized: manifest.Incremental, Strategy: manifest.Merge,
		PartitionBy: "day", UniqueKey: []string{"day", "post_id"}, ClusterBy: []string{"post_id"},
		Inputs: []header.Input{
			{Table: "raw.a", Mapping: manifest.Latest},
			{Table: "mart.b", Mapping: manifest.Same},
			{Table: "mart.b", Mapping: manifest.LastNDays, N: 28},
			{Table: "mart.c", Mapping: manifest.LastNMonths, N: 13},
			{Table: "mart.c", Mapping: manifest.All},
		},
		Columns: []header.Column{
			{Name: "day", Description: "The day."},
			{Name: "post_id", Description: "The story.", Tests: []header.Test{
				{Kind: header.NotNull},
				{Kind: header.Unique, Columns: []string{"post_id"}},
				{Kind: header.AcceptedValues, Values: []string{"'A'", `'it\'s'`, "7", "TRUE", "'2026-01-01'"}},
				{Kind: header.Relationships, To: "mart.b", Field: "post_id"},
				{Kind: header.Expression, Expression: "post_id = UPPER(post_id)", Severity: manifest.Warn},
			}},
		},
		Tests: []header.Test{
			{Kind: header.Unique, Columns: []string{"day", "post_id"}, Severity: manifest.Error},
			{Kind: header.Expression, Expression: "reads <= views"},
		},
	}
	ignore := cmp.Options{cmpopts.IgnoreTypes(diag.Pos{}), cmpopts.IgnoreUnexported(header.Header{})}
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.At("unique_key") != (diag.Pos{Line: 9, Col: 1}) || got.Columns[1].Pos != (diag.Pos{Line: 18, Col: 5}) {
		t.Errorf("places: unique_key at %+v, post_id at %+v", got.At("unique_key"), got.Columns[1].Pos)
	}
	const line = "SELECT 1 -- one"
	if strings.TrimSpace(query) != line || strings.Index(query, line) != strings.Index(whole, line) {
		t.Errorf("the query does not stand alone and in its place: %q", query)
	}
}

func TestInsertOverwriteIsTheDefault(t *testing.T) {
	h, _, findings := header.Parse("m.sql", strings.Replace(whole, "incremental_strategy: merge\n", "", 1))
	if findings != nil || h.Strategy != manifest.InsertOverwrite {
		t.Errorf("strategy %q, findings %v", h.Strategy, findings)
	}
}

// Whatever the file contains, Parse returns a header or findings with a place in the file, and keeps the
// places of the query.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		whole, "", "/*\n*/", "/*\na: &a [*a]\n*/\n", "/*\n<<: {a: b}\n*/", "/*\n- ? [a]\n*/", "/*\ncolumns: [[{name: 1}]]\n*/",
		"/*\ninputs: {? {a: b} : c}\n*/", "/*\ndescription: !!binary aGk=\n*/", "/*\n\tgrain: daily\n*/", "/*\n--- \n...\n*/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, query, findings := header.Parse("m.sql", text)
		if (h == nil) == (len(findings) == 0) {
			t.Fatalf("header %v, findings %v", h, findings)
		}
		lines := strings.Count(text, "\n") + 1
		for _, f := range findings {
			if f.Line < 1 || f.Line > lines+1 || f.Col < 1 || f.Message == "" {
				t.Errorf("finding %q lies outside of the %d lines", f, lines)
			}
		}
		if h != nil && strings.Count(query, "\n") != lines-1 {
			t.Errorf("the query has lost its place")
		}
	})
}
