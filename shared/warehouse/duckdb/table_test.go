package duckdb

import (
	"errors"
	"path/filepath"
	"testing"

	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

func TestClearDropsTheTablesOfOneDataset(t *testing.T) {
	d, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "w.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	columns := schema.Schema{{Name: "n", Type: schema.Int64, Mode: schema.Nullable}}
	for range 2 { // what was cleared can be made again
		for _, dataset := range []string{"staging", "stagingx", "mart"} {
			def := warehouse.Definition{Table: warehouse.Table{Dataset: dataset, Name: "t"}, Schema: columns}
			if err := d.EnsureTable(t.Context(), def); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Query(t.Context(), "SELECT * FROM "+dataset+".t", nil, 1); err != nil {
				t.Errorf("%s: %v", dataset, err)
			}
		}
		if err := d.Clear(t.Context(), "staging"); err != nil {
			t.Fatal(err)
		}
		for dataset, stands := range map[string]bool{"staging": false, "stagingx": true, "mart": true} {
			_, err := d.Query(t.Context(), "SELECT * FROM "+dataset+".t", nil, 1)
			if (err == nil) != stands {
				t.Errorf("%s: %v", dataset, err)
			}
		}
	}
	copyJob := warehouse.Job{ID: "copy", Copy: &warehouse.Copy{
		Source: warehouse.Table{Dataset: "staging", Name: "t"}, Destination: warehouse.Table{Dataset: "mart", Name: "t"},
	}}
	var failed *warehouse.JobError
	if _, err := warehouse.Run(t.Context(), d, copyJob); !errors.As(err, &failed) {
		t.Errorf("copy of a cleared table: %v, want a job error", err)
	}
}
