package compile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Findings name places in the file as the author wrote it, although the restrictions make the statement longer: errors
// of the analyzer, and what DuckDB cannot run.
func TestFindingsHaveThePlacesOfTheFile(t *testing.T) {
	for name, query := range map[string]string{
		"after an input on the same line":   "SELECT read FROM mart.days WHERE read > WORD",
		"after three inputs":                "SELECT a.read FROM mart.days AS a, mart.days b, raw.till_sales WHERE a.read > WORD",
		"before an input":                   "SELECT WORD AS read FROM mart.days",
		"between inputs":                    "SELECT a.read FROM mart.days AS a JOIN raw.till_sales ON a.read > WORD JOIN mart.items ON TRUE",
		"after non-ASCII text":              "SELECT 'é😀' || a.read AS read FROM mart.days AS a, mart.items WHERE 'ß' || a.read > WORD",
		"after a table in backticks":        "SELECT read FROM `mart`.`days` WHERE read > WORD",
		"on later lines":                    "SELECT\n  read,\nFROM mart.days -- all\nWHERE 'é' < read\n  AND read > WORD",
		"after an input over several lines": "SELECT a.read FROM mart\n  .days AS a, raw.till_sales WHERE a.read > WORD",
		"in a subquery":                     "SELECT read FROM mart.days WHERE EXISTS (SELECT 1 FROM raw.till_sales AS t WHERE t.item > WORD)",
		"in a query of WITH":                "WITH a AS (SELECT * FROM mart.days WHERE read > WORD) SELECT a.read FROM a, mart.items",
	} {
		t.Run(name, func(t *testing.T) {
			header := reading{of: "2026-03-01"}.header()
			for word, message := range map[string]string{
				"SOUNDEX('x')":  "not possible in DuckDB: function SOUNDEX",
				"nothing_there": "Unrecognized name: nothing_there",
			} {
				text := header + strings.Replace(query, "WORD", word, 1)
				models := folder(t, "testdata/restrict")
				models["m.sql"] = text
				_, err := Project(project(t, models))
				place := diag.At(text, strings.Index(text, word))
				want := fmt.Sprintf("coordinator/models/m.sql:%d:%d: %s", place.Line, place.Col, message)
				if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v, want %s", err, want)
				}
			}
		})
	}
}

// A hint stays with the table that it stands at: a subquery can have none.
func TestHintsOfInputsAreReportedAtTheirPlaces(t *testing.T) {
	for name, query := range map[string]string{
		"without an alias":  "SELECT read FROM mart.days@{index=x}",
		"before an alias":   "SELECT d.read FROM mart.days @{index=x} AS d WHERE d.read > ''",
		"after other input": "SELECT i.read FROM raw.till_sales, mart.items AS i, mart.days@{index=x}",
	} {
		t.Run(name, func(t *testing.T) {
			text := reading{of: "2026-03-01"}.header() + query
			models := folder(t, "testdata/restrict")
			models["m.sql"] = text
			_, err := Project(project(t, models))
			place := diag.At(text, strings.Index(text, "@{"))
			want := fmt.Sprintf("coordinator/models/m.sql:%d:%d: not possible in DuckDB: hint: has no known equivalent in DuckDB",
				place.Line, place.Col)
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// The lineage names the inputs, and not the subqueries over them.
func TestLineageNamesTheInputs(t *testing.T) {
	m := newRestricted(t, reading{of: "2026-03-01"}.header()+
		"SELECT d.read || t.item AS read FROM mart.days AS d, raw.till_sales AS t, mart.items WHERE t.pieces > 0")
	want := []manifest.ColumnRef{{Table: "mart.days", Column: "read"}, {Table: "raw.till_sales", Column: "item"}}
	if diff := cmp.Diff(want, m.model.Columns[0].Lineage); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A relationship searches the partitions of the mappings, whether the query reads the table or not.
func TestRelationshipsSearchThePartitionsOfTheMappings(t *testing.T) {
	db := newFilled(t)
	const days = "02-27 02-28 03-01 03-02"
	for _, c := range []struct{ name, inputs, to, absent, from, staged, missing string }{
		{"same", "", "mart.days", "", "", days, "02-27 02-28 03-02"},
		{"last_n_days", "mart.days: {last_n_days: 2}", "mart.days", "", "", days, "02-27 03-02"},
		{"a table that the query reads", "mart.days: {last_n_days: 2}", "mart.days", "",
			" FROM mart.days WHERE read = '03-01'", days, "02-27 03-02"},
		{"two mappings", "mart.months: [month_of, latest]", "mart.months", "mart.months/2026-02", "",
			"2025-12 2026-01 2026-02 2026-03 2026-04", "2025-12 2026-02 2026-04"},
		{"latest", "mart.days: latest", "mart.days", "mart.days/2026-03-01", "", days, "02-27 03-01 03-02"},
		{"latest, when nothing has arrived", "mart.months: latest", "mart.months", "mart.months/2026-01 mart.months/2026-02", "",
			"2026-01 2026-02", "2026-01 2026-02"},
		{"a table without partitions", "", "mart.items", "", "", "tea cake", "cake"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db.t = t
			header := strings.Replace(reading{of: "2026-03-01", inputs: c.inputs}.header(), "What was read.",
				"What was read., tests: [{relationships: {to: "+c.to+", field: read}}]", 1)
			m := newRestricted(t, header+"SELECT 'x' AS read"+c.from)
			m.arrive(t, strings.Fields(c.absent)...)
			text := m.model.SQL[manifest.DuckDB].Audit
			arguments := m.bound(t, text, partition.MustParse("2026-03-01"))
			var missing []string
			for read := range strings.FieldsSeq(c.staged) {
				staged := fmt.Sprintf("(SELECT '%s' AS read)", read)
				row := db.rows(strings.ReplaceAll(text, manifest.StagePlaceholder, staged), arguments...)[0]
				if row["failures_0"] == "1" {
					missing = append(missing, read)
				}
			}
			if diff := cmp.Diff(c.missing, strings.Join(missing, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, text)
			}
		})
	}
}
