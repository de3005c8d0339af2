package header_test

import (
	"fmt"
	"strings"

	"example.com/rollcall/scripts/modelc/header"
)

func ExampleParse() {
	h, query, findings := header.Parse("items.sql", `/*
description: One row per item.
grain: daily
materialized: table
unique_key: [item]
columns:
  - name: item
    description: The item.
    tests: [not_null, unique]
*/
SELECT DISTINCT item FROM raw.sales
`)
	fmt.Println(len(findings), h.Grain, h.Materialized, h.UniqueKey, h.Columns[0].Tests[1].Kind)
	fmt.Println(strings.TrimSpace(query))
	// Output:
	// 0 daily table [item] unique
	// SELECT DISTINCT item FROM raw.sales
}

func ExampleParse_findings() {
	const text = "/*\ngrain: weekly\nmaterialized: table\ncolumns: []\n*/\nSELECT 1 AS item\n"
	_, _, findings := header.Parse("items.sql", text)
	fmt.Println(findings.Err())
	// Output:
	// items.sql:2:1: the header needs the key "description"
	// items.sql:2:8: "weekly" is not one of daily, monthly
}
