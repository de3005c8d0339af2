package explain

import (
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/golden"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

// small is a mart with a diamond, an input that is read twice, and a table that no model reads.
func small(t *testing.T) (*manifest.Manifest, *pipeline.Pipeline) {
	t.Helper()
	p, err := pipeline.Parse([]byte(`
name: test
timezone: UTC
start: 2026-11-01
sources:
  kit:
    description: Daily.
    cadence: daily
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: A snapshot., reads: snapshot}
      kit_totals: {description: A snapshot., reads: snapshot}
  medium:
    description: Daily.
    cadence: daily
    due: "1d 10:00"
    tables:
      medium_days: {description: A window., reads: window}
`))
	if err != nil {
		t.Fatal(err)
	}
	in := func(table string, mapping manifest.Mapping, n int) manifest.Input {
		return manifest.Input{Table: table, Grain: partition.Daily, Mapping: mapping, N: n}
	}
	column := func(name string, from ...manifest.ColumnRef) manifest.Column {
		return manifest.Column{Field: schema.Field{Name: name, Type: schema.Int64}, Lineage: from}
	}
	return &manifest.Manifest{Models: []*manifest.Model{
		{Name: "days", Inputs: []manifest.Input{in("raw.medium_days", manifest.Same, 0)},
			Columns: []manifest.Column{column("views", manifest.ColumnRef{Table: "raw.medium_days", Column: "views"})}},
		{Name: "growth", Inputs: []manifest.Input{in("mart.days", manifest.Same, 0), in("raw.kit_subscribers", manifest.LastNDays, 2)},
			Columns: []manifest.Column{column("gain", manifest.ColumnRef{Table: "raw.kit_subscribers", Column: "state"}), column("ones")}},
		{Name: "overview", Inputs: []manifest.Input{in("mart.days", manifest.Same, 0), in("mart.days", manifest.LastNDays, 28), in("mart.growth", manifest.Same, 0)},
			Columns: []manifest.Column{column("per_view", manifest.ColumnRef{Table: "mart.days", Column: "views"}, manifest.ColumnRef{Table: "mart.growth", Column: "gain"})}},
	}}, p
}

func TestMappingsInWords(t *testing.T) {
	for want, in := range map[string]manifest.Input{
		"":               {Mapping: manifest.Same},
		"each day":       {Mapping: manifest.EachDay},
		"last 28 days":   {Mapping: manifest.LastNDays, N: 28},
		"last 13 months": {Mapping: manifest.LastNMonths, N: 13},
		"all":            {Mapping: manifest.All},
	} {
		if got := mapping(in); got != want {
			t.Errorf("%s is %q instead of %q", in.Mapping, got, want)
		}
	}
}

func tree(l Lineage) string { return l.Tree(func(n Node) string { return n.Name }) + "\n" }

func TestTreeHasSourcesAtTheTopAndDrawsEachNodeOnce(t *testing.T) {
	golden.Compare(t, "testdata/tables.txt", tree(TableLineage(small(t))))
}

func TestMermaid(t *testing.T) {
	golden.Compare(t, "testdata/tables.mmd", TableLineage(small(t)).Mermaid())
}

func TestColumnsHaveTheirSourcesAtTheTop(t *testing.T) {
	golden.Compare(t, "testdata/columns.txt", tree(ColumnLineage(small(t))))
}

func TestThroughIsWhatANodeIsMadeFromAndWhatIsMadeFromIt(t *testing.T) {
	for _, tc := range []struct {
		name string
		want []string
	}{
		{"kit", []string{"kit", "raw.kit_subscribers", "raw.kit_totals", "growth", "overview"}},
		{"raw.kit_totals", []string{"kit", "raw.kit_totals"}},
		{"growth", []string{"kit", "raw.kit_subscribers", "medium", "raw.medium_days", "days", "growth", "overview"}},
		{"days", []string{"medium", "raw.medium_days", "days", "growth", "overview"}},
	} {
		if diff := cmp.Diff(tc.want, TableLineage(small(t)).Through(tc.name).Names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
	columns := ColumnLineage(small(t))
	if diff := cmp.Diff([]string{"kit", "raw.kit_subscribers.state", "growth.gain", "overview.per_view"}, columns.Through("growth.gain").Names()); diff != "" {
		t.Errorf("growth.gain (-want +got):\n%s", diff)
	}
	if columns.Has("days.nothing") || !columns.Has("growth.ones") {
		t.Error("the graph has not the columns that the models have")
	}
}

// Of the real models: every node is reached from a source, and the order is one in which they can be made.
func TestRealGraphBeginsAtSourcesAndHasNoCircle(t *testing.T) {
	text, err := os.ReadFile("../pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := pipeline.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range []Lineage{TableLineage(models.Load(manifest.BigQuery), p), ColumnLineage(models.Load(manifest.BigQuery), p)} {
		names := g.Names()
		for _, e := range g.Edges {
			from, to := slices.Index(names, e.From), slices.Index(names, e.To)
			if from < 0 || to < 0 || from >= to {
				t.Errorf("edge %+v leads from place %d to %d", e, from, to)
			}
		}
	}
}
