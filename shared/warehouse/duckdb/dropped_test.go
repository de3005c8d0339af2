package duckdb

import (
	"path/filepath"
	"testing"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// A person may drop a table with another program, and so without the driver's own record of it.
func TestDroppedTableIsCreatedAgain(t *testing.T) {
	ctx := t.Context()
	d, err := Open(ctx, Options{Path: filepath.Join(t.TempDir(), "warehouse.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	def := warehouse.Definition{
		Table: warehouse.Table{Dataset: "raw", Name: "visits"}, PartitionBy: "day", Grain: partition.Daily,
		Schema: schema.Schema{{Name: "day", Type: schema.Date, Mode: schema.Required}},
	}
	created := func() time.Time {
		t.Helper()
		tables, err := d.Tables(ctx, "raw")
		if err != nil {
			t.Fatal(err)
		}
		return tables["visits"]
	}
	if err := d.EnsureTable(ctx, def); err != nil {
		t.Fatal(err)
	}
	first := created()
	day := partition.MustParse("2026-11-21")
	load := warehouse.Job{ID: "first", Load: &warehouse.Load{Destination: def.Table, Schema: def.Schema, Partition: day}}
	if _, err := warehouse.Run(ctx, d, load); err != nil {
		t.Fatal(err)
	}
	drop := warehouse.Job{ID: "drop", Query: &warehouse.Query{SQL: "DROP TABLE raw.visits", Target: &def.Table}}
	if _, err := warehouse.Run(ctx, d, drop); err != nil {
		t.Fatal(err)
	}
	if tables, err := d.Tables(ctx, "raw"); err != nil || len(tables) > 0 {
		t.Errorf("after the drop raw has %v, %v", tables, err)
	}
	if has, err := d.HasRows(ctx, def.Table, day); has || err != nil {
		t.Errorf("after the drop the table has rows: %v, %v", has, err)
	}
	if err := d.EnsureTable(ctx, def); err != nil {
		t.Fatal(err)
	}
	if again := created(); !again.After(first) {
		t.Errorf("created at %s, and again at %s", first, again)
	}
	load.ID = "second"
	if _, err := warehouse.Run(ctx, d, load); err != nil {
		t.Errorf("load into the table that was created again: %v", err)
	}
}
