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

// resolve resolves views, given as names and queries in turn.
func resolve(t *testing.T, renamed map[string]string, texts ...string) (*Result, string) {
	t.Helper()
	var views []*Definition
	for i := 0; i < len(texts); i += 2 {
		views = append(views, &Definition{Name: texts[i], File: texts[i], Text: texts[i+1], SQL: texts[i+1]})
	}
	result, findings, err := Resolve(views, []*Table{sales}, renamed)
	if err != nil {
		t.Fatal(err)
	}
	return result, findings.Error()
}

func TestLineageOfViewsIsTracedToTables(t *testing.T) {
	result, findings := resolve(t, nil,
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
	result, findings := resolve(t, nil,
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
			result, findings := resolve(t, nil, "d.v", sql)
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
	result, findings := resolve(t, map[string]string{"old.sales": "raw.sales"},
		"d.good", "SELECT day FROM old.sales",
		"d.bad", "SELECT nothing FROM raw.sales",
		"d.worse", "SELECT * FROM d.bad",
		"d.round", "SELECT * FROM d.round")
	want := "d.bad:1:8: Unrecognized name: nothing\n" +
		"d.round:1:15: views read each other in a cycle: d.round → d.round\n" +
		"d.worse:1:15: the view d.bad, which it reads, could not be read"
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(result.Views) != 1 || result.Views[0].Name != "d.good" {
		t.Errorf("views %v", result.Views)
	}
}
