package schema_test

import (
	"fmt"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

func ExampleSchema_Append() {
	s, err := schema.Parse([]byte(`[
		{"name": "day", "type": "DATE", "mode": "REQUIRED", "description": "The partition."},
		{"name": "views", "type": "INT64", "description": "Views on the day."},
		{"name": "earned", "type": "NUMERIC", "description": "Earnings in USD."}
	]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	line, err := s.Append(nil, schema.Row{"day": partition.MustParse("2026-11-21"), "views": 12, "earned": "1.50"})
	fmt.Printf("%s%v\n", line, err)
	_, err = s.Append(nil, schema.Row{"views": 12})
	fmt.Println(err)
	// Output:
	// {"day":"2026-11-21","views":12,"earned":"1.5"}
	// <nil>
	// column day: null or missing, but the column is REQUIRED
}
