package overdue_test

import (
	"fmt"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/overdue"
	"example.com/rollcall/shared/partition"
)

// Two hours after a source's table was due it is reported, and its load is requested.
func ExampleCase_Next() {
	p, err := coordtest.Pipeline(coordtest.Setting{Start: "2026-11-01"})
	if err != nil {
		panic(err)
	}
	kit, day := p.Sources["kit"], partition.MustParse("2026-11-21")
	c := overdue.Case{Source: kit, Partition: day, Due: kit.DueAt(day, p.Location()), Missing: []string{"raw.kit_subscribers"}}
	now := c.Due.Add(2 * time.Hour)

	for {
		step, record := c.Next(now)
		if step == overdue.Nothing {
			break
		}
		fmt.Printf("%s: missing %v, %d requests\n", step, record.Missing, record.Requests)
		c.Newest = &record
	}
	fmt.Println(c.Fault(*c.Newest, true).Code)
	// Output:
	// report: missing [raw.kit_subscribers], 0 requests
	// request: missing [raw.kit_subscribers], 1 requests
	// requested
}
