package diag_test

import (
	"fmt"

	"example.com/rollcall/scripts/internal/diag"
)

func ExampleList() {
	const text = "SELECT day\nFROM raw.nothing"
	var findings diag.List
	findings.Add("story_days.sql", diag.At(text, 16), "table %s not found", "raw.nothing")
	findings.Add("story_days.sql", diag.At(text, 7), "column %s is not described", "day")
	fmt.Println(findings.Err())
	// Output:
	// story_days.sql:1:8: column day is not described
	// story_days.sql:2:6: table raw.nothing not found
}
