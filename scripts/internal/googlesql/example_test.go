package googlesql_test

import (
	"fmt"
	"log"

	"example.com/rollcall/scripts/internal/googlesql"
	"example.com/rollcall/shared/schema"
)

func ExampleScan() {
	for _, token := range googlesql.Scan("SELECT n -- the number\nFROM `raw.sales`") {
		fmt.Println(token.Offset, token.Text)
	}
	// Output:
	// 0 SELECT
	// 7 n
	// 23 FROM
	// 28 `raw.sales`
}

func ExampleCatalog_AnalyzeQuery() {
	catalog, err := googlesql.New()
	if err != nil {
		log.Fatal(err)
	}
	err = catalog.Add(googlesql.Table{Name: "raw.sales", Schema: schema.Schema{
		{Name: "day", Type: schema.Date}, {Name: "price", Type: schema.Numeric}, {Name: "n", Type: schema.Int64},
	}})
	if err != nil {
		log.Fatal(err)
	}
	query, findings, err := catalog.AnalyzeQuery("SELECT day, SUM(price * n) AS revenue FROM raw.sales GROUP BY day")
	if err != nil || len(findings) > 0 {
		log.Fatal(err, findings)
	}
	for _, column := range query.Columns {
		fmt.Println(column.Name, column.Type, column.Lineage)
	}
	// Output:
	// day DATE [raw.sales.day]
	// revenue NUMERIC [raw.sales.n raw.sales.price]
}
