package run

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// A model that reads the latest of another model can run before that model was ever published.
func TestAnInputThatWasNeverPublishedIsEmpty(t *testing.T) {
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: filepath.Join(t.TempDir(), "w.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	day := schema.Field{Name: "day", Type: schema.Date, Mode: schema.Nullable}
	rows := schema.Field{Name: "row_count", Type: schema.Int64, Mode: schema.Nullable}
	model := func(name, sql string, inputs ...manifest.Input) *manifest.Model {
		audit := "SELECT count(*) AS row_count"
		for word := range strings.SplitSeq("01234567", "") {
			audit += ", 0 AS digest_" + word
		}
		return &manifest.Model{
			Name: name, Grain: partition.Daily, Materialized: manifest.Incremental, Strategy: manifest.InsertOverwrite,
			PartitionBy: "day", Inputs: inputs, Columns: []manifest.Column{{Field: day}, {Field: rows}},
			SQL: map[manifest.Dialect]manifest.Statements{manifest.DuckDB: {Stage: sql, Audit: audit + " FROM {{stage}}"}},
		}
	}
	counting := model("counting", "SELECT $partition_date AS day, count(*) AS row_count FROM mart.counted",
		manifest.Input{Table: "mart.counted", Grain: partition.Daily, Mapping: manifest.Latest})
	r := Runner{
		Manifest:  &manifest.Manifest{Models: []*manifest.Model{model("counted", "unused"), counting}},
		Warehouse: d, Pipeline: "test", Log: slog.New(slog.DiscardHandler),
	}
	end, err := r.Attempt(t.Context(), counting, ledger.Run{
		State: ledger.Started, Model: "counting", Partition: partition.MustParse("2026-11-21"),
		Fingerprint: strings.Repeat("a", 64), Attempt: 1,
	})
	if err != nil || end.State != ledger.Succeeded {
		t.Fatalf("run ended %q: %s; %v", end.State, end.Reason, err)
	}
	got, err := d.Query(t.Context(), "SELECT row_count FROM mart.counting", nil, 10)
	if err != nil || len(got) != 1 || got[0]["row_count"] != int64(0) {
		t.Errorf("mart.counting holds %v, %v; want one row that counts 0", got, err)
	}
}
