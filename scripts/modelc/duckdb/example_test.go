package duckdb_test

import (
	"fmt"
	"log"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/scripts/modelc/duckdb"
	"example.com/rollcall/shared/schema"
)

func ExampleRewrite() {
	catalog, err := googlesql.New()
	if err != nil {
		log.Fatal(err)
	}
	err = catalog.Add(googlesql.Table{Name: "raw.sales", Schema: schema.Schema{
		{Name: "day", Type: schema.Date}, {Name: "n", Type: schema.Int64},
	}})
	if err != nil {
		log.Fatal(err)
	}
	text, err := duckdb.Rewrite(catalog, "SELECT SUM(n) AS n FROM `raw.sales` WHERE day = @partition_date")
	fmt.Println(text, err)
	_, err = duckdb.Rewrite(catalog, "SELECT RAND() AS r FROM raw.sales")
	fmt.Println(err)
	// Output:
	// SELECT CAST(SUM(n) AS BIGINT) AS n FROM raw.sales WHERE day = $partition_date::DATE <nil>
	// 1:8: function RAND: has no known equivalent in DuckDB
}
