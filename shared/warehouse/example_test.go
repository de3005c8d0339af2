package warehouse_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// Run a job, and read its rows. The same id returns the same outcome again, and runs nothing.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "warehouse")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	d, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(dir, "warehouse.duckdb")})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()

	job := warehouse.Job{ID: "count_2026-11-21", Query: &warehouse.Query{
		SQL:    "SELECT $partition_date AS day, count(*) AS views FROM range(12)",
		Params: map[string]partition.Partition{"partition_date": partition.MustParse("2026-11-21")},
	}}
	for range 2 {
		if _, err := warehouse.Run(ctx, d, job); err != nil {
			fmt.Println(err)
			return
		}
	}
	rows, err := d.Rows(ctx, job.ID, 10)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rows[0]["day"].(time.Time).Format(time.DateOnly), rows[0]["views"])
	// Output: 2026-11-21 12
}

// Validate returns all faults of a job at once.
func ExampleJob_Validate() {
	job := warehouse.Job{ID: "load raw.visits", Labels: map[string]string{"Model": "visits"}}
	fmt.Println(job.Validate())
	// Output:
	// job "load raw.visits": the id must be 1 to 1,024 letters, digits, - and _
	// label "Model": "visits" must be up to 63 lower-case letters, digits, - and _; the key starts with a letter
	// 0 of load, query and copy are set, want exactly one
}

// A new nullable column can be added to an existing table; other differences are schema drift.
func ExampleAdditions() {
	table := warehouse.Table{Dataset: "raw", Name: "visits"}
	have := warehouse.Definition{Table: table, Schema: schema.Schema{{Name: "visits", Type: schema.Int64}}}
	want := warehouse.Definition{Table: table, Schema: schema.Schema{
		{Name: "visits", Type: schema.Int64}, {Name: "country", Type: schema.String},
	}}
	added, err := warehouse.Additions(have, want)
	fmt.Println(added[0].Name, err)

	want.Schema[0].Type = schema.String
	_, err = warehouse.Additions(have, want)
	fmt.Println(err)
	// Output:
	// country <nil>
	// table raw.visits: schema drift: column visits is INT64 in the table and STRING in its definition; fix: undo the change, or move the data to a new table
}
