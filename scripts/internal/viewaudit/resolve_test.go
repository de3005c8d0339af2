package viewaudit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
)

var sales = &Table{
	Name: "raw.sales", Origin: OfProject, Grain: partition.Daily, PartitionBy: "day",
	Columns: []Column{{Name: "day", Type: "DATE"}, {Name: "item", Type: "STRING"}, {Name: "n", Type: "INT64"}},
}

// resolveAll resolves views, given as names and queries in turn.
func resolveAll(t *testing.T, renamed map[string]string, texts ...string) (*Result, string) {
	t.Helper()
	var views []*Definition
	for i := 0; i < len(texts); i += 2 {
		views = append(views, &Definition{Name: texts[i], File: texts[i], Text: texts[i+1], SQL: texts[i+1]})
	}
	result, findings := resolve(views, []*Table{sales, {Name: "not.a.table"}}, renamed, nil)
	return result, findings.Error()
}

func TestLineageOfViewsIsTracedToTables(t *testing.T) {
	result, findings := resolveAll(t, nil,
		"d.c", "SELECT day, SUM(m) AS total FROM p.d.b GROUP BY day",
		"d.b", "SELECT *, n + 1 AS m FROM `p.d.a`",
		"d.a", "SELECT item, day, n FROM `p`.raw.sales")
	if findings != "" {
		t.Fatal(findings)
	}
	var got []string
	for _, v := range result.Views {
		for _, c := range v.Columns {
			text := v.Title() + "." + c.Name + " " + c.Type
			for _, ref := range c.Lineage {
				text += " " + ref.String()
			}
			got = append(got, text)
		}
	}
	want := []string{
		"d.a.item STRING raw.sales.item", "d.a.day DATE raw.sales.day", "d.a.n INT64 raw.sales.n",
		"d.b.item STRING raw.sales.item", "d.b.day DATE raw.sales.day", "d.b.n INT64 raw.sales.n", "d.b.m INT64 raw.sales.n",
		"d.c.day DATE raw.sales.day", "d.c.total INT64 raw.sales.n",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadsExcludeWithQueriesAndArrays(t *testing.T) {
	result, findings := resolveAll(t, nil,
		"d.v", "WITH w AS (SELECT ['x'] AS tags, item FROM raw.sales) SELECT tag FROM w, w.tags AS tag, UNNEST([1]) JOIN raw.sales AS s ON s.item = w.item")
	if findings != "" {
		t.Fatal(findings)
	}
	var got []string
	for _, in := range result.Views[0].Reads {
		got = append(got, in.Table.Name)
	}
	if want := []string{"raw.sales", "raw.sales"}; !cmp.Equal(want, got) {
		t.Errorf("reads %v", got)
	}
}

// The columns of an undescribed table are those that views name, with types that suit all of them.
func TestColumnsOfUnknownTablesAreGuessed(t *testing.T) {
	for name, c := range map[string]struct{ sql, want string }{
		"by their names": {
			"SELECT day, post_id, created_at, is_new, views FROM x.t",
			"day DATE, post_id STRING, created_at TIMESTAMP, is_new BOOL, views INT64",
		},
		"by what is done with them":  {"SELECT SUM(a) AS s, UPPER(b) AS u, DATE_TRUNC(c, MONTH) AS m FROM x.t WHERE d AND e > 1.5 GROUP BY b, c", "d BOOL, e INT64, a INT64, b STRING, c DATE"},
		"by their tables":            {"SELECT a.k, b.v FROM x.t AS a JOIN raw.sales AS b ON a.k = b.n JOIN x.u AS c USING (k)", "k INT64"},
		"in a condition and a group": {"SELECT kind, COUNT(*) AS n FROM x.t WHERE NOT gone GROUP BY kind", "gone BOOL, kind STRING"},
	} {
		t.Run(name, func(t *testing.T) {
			sql := strings.Replace(c.sql, "b.v", "b.item AS v", 1)
			result, findings := resolveAll(t, nil, "d.v", sql)
			if findings != "" {
				t.Fatal(findings)
			}
			if got := result.Tables["x.t"].Sketch(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestARejectedViewDoesNotAffectOthers(t *testing.T) {
	result, findings := resolveAll(t, map[string]string{"old.sales": "raw.sales", "old.odd": "not.a.table"},
		"d.odd", "SELECT 1 AS n FROM old.odd",
		"d.good", "SELECT day FROM old.sales",
		"d.bad", "SELECT nothing FROM raw.sales",
		"d.worse", "SELECT * FROM d.bad",
		"d.round", "SELECT * FROM d.round")
	want := "d.bad:1:8: Unrecognized name: nothing\n" +
		"d.odd:1:1: the audit cannot read it: table not.a.table: the name is not dataset.table\n" +
		"d.round:1:15: views read each other in a cycle: d.round → d.round\n" +
		"d.worse:1:15: the view d.bad, which it reads, could not be read"
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(result.Views) != 1 || result.Views[0].Name != "d.good" {
		t.Errorf("views %v", result.Views)
	}
}

// tablesRead returns the names of the tables that views read, by view, as text.
func tablesRead(result *Result) string {
	var b strings.Builder
	for _, v := range result.Views {
		b.WriteString(v.Title() + ":")
		for _, in := range v.Reads {
			b.WriteString(" " + in.Table.Name)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTablesOfTwoProjectsAreDifferent(t *testing.T) {
	for name, c := range map[string]struct {
		texts  []string
		want   string
		shared []string
	}{
		"one project, or none": {
			[]string{"d.a", "SELECT n FROM `shop.raw.sales`", "d.b", "SELECT n FROM raw.sales", "d.c", "SELECT n FROM lab.raw.others"},
			"d.a: raw.sales\nd.b: raw.sales\nd.c: raw.others\n", nil,
		},
		"the project that is named most often keeps the name": {
			[]string{"d.a", "SELECT n FROM `shop.raw.sales`", "d.b", "SELECT n FROM lab.raw.sales", "d.c", "SELECT n FROM shop.raw.sales", "d.d", "SELECT n FROM raw.sales"},
			"d.a: raw.sales\nd.b: lab:raw.sales\nd.c: raw.sales\nd.d: raw.sales\n", []string{"raw.sales of shop and lab, d.b"},
		},
		"both in one view": {
			[]string{"d.a", "SELECT a.n FROM shop.raw.sales AS a JOIN lab.raw.sales AS b ON a.n = b.m", "d.b", "SELECT n FROM shop.raw.sales"},
			"d.a: raw.sales lab:raw.sales\nd.b: raw.sales\n", []string{"raw.sales of shop and lab, d.a"},
		},
		"an alias that is named as a project": {
			[]string{"d.a", "SELECT shop.n FROM `shop`.raw.sales AS shop", "d.b", "SELECT n FROM lab.raw.sales"},
			"d.a: shop:raw.sales\nd.b: raw.sales\n", []string{"raw.sales of lab and shop, d.a"},
		},
		"a path that is renamed": {
			[]string{"d.a", "SELECT n FROM shop.raw.sales", "d.b", "SELECT n FROM old.raw.sales"},
			"d.a: raw.sales\nd.b: raw.sales\n", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			result, _ := resolveAll(t, map[string]string{"old.raw.sales": "raw.sales"}, c.texts...)
			if diff := cmp.Diff(c.want, tablesRead(result)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var shared []string
			for _, s := range result.Shared {
				shared = append(shared, s.Name+" of "+s.Home+" and "+s.Other+", "+s.File)
			}
			if diff := cmp.Diff(c.shared, shared); diff != "" {
				t.Errorf("shared names (-want +got):\n%s", diff)
			}
		})
	}
}

// In BigQuery, case counts in the names of tables and views, and not in those of columns, aliases and WITH queries.
func TestCaseCountsInNamesOfTables(t *testing.T) {
	result, findings := resolveAll(t, nil,
		"d.a", "WITH w AS (SELECT N AS x FROM raw.sales AS S) SELECT X FROM W",
		"d.A", "SELECT day, n FROM raw.Sales",
		"d.b", "SELECT n FROM d.A",
		"d.c", "SELECT x FROM d.a",
		"d.d", "SELECT a.n FROM raw.sales AS a JOIN raw.SALES AS b ON a.n = b.n")
	want := "d.A: raw.Sales\nd.a: raw.sales\nd.b: d.A\nd.c: d.a\n"
	if diff := cmp.Diff(want, tablesRead(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = "d.d:1:37: raw.sales and raw.SALES differ only in case: the audit cannot tell them apart in one view"
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestTheFirstViewOfANameCounts(t *testing.T) {
	views := []*Definition{
		{Name: "d.a", File: "a.sql", Text: "SELECT 1 AS n", SQL: "SELECT 1 AS n"},
		{Name: "d.a", Project: "p", File: "b.sql", Text: "SELECT 2 AS n", SQL: "SELECT 2 AS n"},
	}
	result, findings := resolve(views, nil, nil, nil)
	if len(result.Views) != 1 || result.Views[0].File != "a.sql" ||
		findings.Error() != "b.sql:1:1: view d.a is ignored: it is already defined in a.sql" {
		t.Errorf("%v %v", result.Views, findings)
	}
	views = append(views, &Definition{Name: "d.a", Project: "q", File: "c.sql", Text: "SELECT 3 AS n", SQL: "SELECT 3 AS n"})
	result, _ = resolve(views, nil, nil, nil)
	if len(result.Views) != 2 || result.Views[1].Title() != "q:d.a" {
		t.Errorf("of another project: %v", result.Views)
	}
}
