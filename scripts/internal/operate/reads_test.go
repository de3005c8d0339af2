package operate

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/coordinator/run"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/bigquery"
	"example.com/rollcall/shared/warehouse/bigquery/bigquerytest"
)

// asBigQuery opens the tables of a data folder as a fake of BigQuery.
func asBigQuery(t *testing.T, dir string, d *deployment.Deployment) *bigquerytest.Server {
	t.Helper()
	fake, err := bigquerytest.New(t.Context(), bigquerytest.Options{Project: "project", Location: "EU", Datasets: []string{"raw", "mart"},
		Path: datadir.Dir{Path: dir}.Warehouse(), Translate: bigquerytest.Translation(d.Manifest)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(fake)
	t.Cleanup(func() {
		server.Close()
		if err := fake.Close(); err != nil {
			t.Error(err)
		}
	})
	driver, err := bigquery.Open(t.Context(), bigquery.Options{Project: "project", Location: "EU", Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	var tables []warehouse.Definition
	for _, s := range d.Pipeline.SortedSources() {
		for name := range s.Tables {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "functions", s.Name, "schema", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			fields, err := schema.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			tables = append(tables, warehouse.Definition{Table: warehouse.Table{Dataset: "raw", Name: name}, Schema: fields,
				PartitionBy: fields[0].Name, Grain: s.Cadence})
		}
	}
	for _, m := range d.Manifest.Models {
		tables = append(tables, warehouse.Definition{Table: warehouse.Table{Dataset: "mart", Name: m.Name}, Schema: m.Schema(),
			PartitionBy: m.PartitionBy, Grain: m.Grain})
	}
	for _, def := range tables {
		if err := driver.EnsureTable(t.Context(), def); err != nil {
			t.Fatal(err)
		}
	}
	return fake
}

// rowsOf returns the number of rows of each partition of a table.
func rowsOf(t *testing.T, fake *bigquerytest.Server, table warehouse.Table) map[string]int64 {
	t.Helper()
	def, ok := fake.Definition(table)
	if !ok {
		t.Fatalf("there is no table %s", table)
	}
	column := def.TimePartitioning.Field
	layout := map[string]string{"DAY": "%Y-%m-%d", "MONTH": "%Y-%m"}[def.TimePartitioning.Type]
	rows, err := fake.Rows().Query(t.Context(), fmt.Sprintf("SELECT strftime(%s, '%s') AS p, count(*) AS n FROM %s GROUP BY p",
		column, layout, table), nil, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, row := range rows {
		counts[row["p"].(string)] = row["n"].(int64)
	}
	return counts
}

// narrower names inputs of which a model's own filter takes a part of what has arrived.
var narrower = map[string]bool{"subscriber_growth raw.kit_subscriber_totals": true}

// Each model's query reads the partitions that the roll call found present, and no others: what the header says, and what
// the fingerprint counts.
func TestModelsReadWhatTheirRollCallFinds(t *testing.T) {
	dir := completeDir(t)
	d, err := datadir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	planner, err := plan.New(d.Manifest, d.Pipeline)
	if err != nil {
		t.Fatal(err)
	}
	reporter, err := d.Reporter(func() time.Time { return morningAfter })
	if err != nil {
		t.Fatal(err)
	}
	report, err := reporter.Report(t.Context(), d.Pipeline.StartDay(), partition.Day(morningAfter))
	if err != nil {
		t.Fatal(err)
	}
	fake := asBigQuery(t, dir, d)
	counts := map[warehouse.Table]map[string]int64{}
	compared := map[string]bool{}
	for _, decision := range report.Decisions {
		if decision.Status != plan.UpToDate {
			continue
		}
		m := decision.Model
		compared[m.Name] = true
		present := planner.Call(decision.Target, report.View).Present
		stage := m.SQL[manifest.BigQuery].Stage
		reads, err := fake.Reads(t.Context(), stage, run.Parameters(stage, m, decision.Partition, present))
		if err != nil {
			t.Fatalf("%s: %v", decision.Target, err)
		}
		want, got := map[string]int64{}, map[string]int64{}
		for table, r := range reads {
			got[table.String()] = r.Rows
		}
		for _, a := range present {
			table := warehouse.Table{}
			table.Dataset, table.Name, _ = strings.Cut(a.Table, ".")
			if counts[table] == nil {
				counts[table] = rowsOf(t, fake, table)
			}
			want[a.Table] += counts[table][a.Partition.String()]
		}
		for table := range want {
			if narrower[m.Name+" "+table] && got[table] < want[table] {
				delete(want, table)
				delete(got, table)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows that %s reads (-present +read):\n%s", decision.Target, diff)
		}
	}
	if len(compared) != len(d.Manifest.Models) {
		t.Errorf("compared %v, want all %d models", slices.Sorted(maps.Keys(compared)), len(d.Manifest.Models))
	}
}
