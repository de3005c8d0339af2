package viewaudit

import (
	"testing"

	"example.com/rollcall/scripts/internal/viewaudit/algebra"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Two models are compared by what they read, which their headers say.
func TestModelsAreComparedWithTheirMappings(t *testing.T) {
	read := func(mapping manifest.Mapping, n int) manifest.Input {
		return manifest.Input{Table: "raw.sales", Grain: partition.Daily, Mapping: mapping, N: n}
	}
	same, all, week := read(manifest.Same, 0), read(manifest.All, 0), read(manifest.LastNDays, 7)
	const total, day = "SELECT item, SUM(n) AS n FROM raw.sales GROUP BY item", "SELECT day, SUM(n) AS n FROM raw.sales GROUP BY day"
	for name, c := range map[string]struct {
		a, b   string
		of, in []manifest.Input
		want   algebra.Verdict
	}{
		"one mapping":     {total, total, []manifest.Input{all}, []manifest.Input{all}, algebra.Same},
		"other mappings":  {total, total, []manifest.Input{all}, []manifest.Input{same}, algebra.Similar},
		"other numbers":   {total, total, []manifest.Input{week}, []manifest.Input{read(manifest.LastNDays, 8)}, algebra.Similar},
		"several":         {total, total, []manifest.Input{same, week}, []manifest.Input{week, same}, algebra.Same},
		"one and several": {total, total, []manifest.Input{week}, []manifest.Input{same, week}, algebra.Similar},
		"a WHERE that says what the mapping says": {
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE day = @partition_date GROUP BY item", total,
			[]manifest.Input{same}, []manifest.Input{same}, algebra.Same,
		},
		"in another form, and on a key": {
			day, "SELECT day, SUM(n) AS n FROM (SELECT * FROM raw.sales WHERE day < @partition_end AND @partition_date <= day) GROUP BY day",
			[]manifest.Input{same}, []manifest.Input{same}, algebra.Same,
		},
		"a WHERE that says more": {
			"SELECT item, SUM(n) AS n FROM raw.sales WHERE day = @partition_date GROUP BY item", total,
			[]manifest.Input{all}, []manifest.Input{all}, algebra.Similar,
		},
		"in a subquery and an outer join": {
			"SELECT a.id FROM (SELECT item AS id FROM raw.sales) AS a LEFT JOIN raw.sales AS b ON a.id = b.item WHERE EXISTS (SELECT 1 FROM raw.sales)",
			"SELECT a.item AS id FROM raw.sales AS a LEFT JOIN (SELECT * FROM raw.sales WHERE day >= @partition_date) AS b ON a.item = b.item " +
				"WHERE EXISTS (SELECT 1 FROM raw.sales AS c WHERE c.day < @partition_end)",
			[]manifest.Input{same}, []manifest.Input{same}, algebra.Same,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := resolveModel("a", c.a, c.of, []*Table{sales}), resolveModel("b", c.b, c.in, []*Table{sales})
			if a == nil || b == nil {
				t.Fatal("not compared")
			}
			if got := algebra.Compare(a, b); got.Verdict != c.want {
				t.Errorf("%s, want %s: %v", got.Verdict, c.want, got.Differences)
			}
			if back := algebra.Compare(b, a).Verdict; (back == algebra.Same) != (c.want == algebra.Same) {
				t.Errorf("the other way round %s", back)
			}
		})
	}
}
