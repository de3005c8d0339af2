package partition_test

import (
	"fmt"
	"time"

	"example.com/rollcall/shared/partition"
)

func ExampleParse() {
	day := partition.MustParse("2026-11-21")
	month := partition.MustParse("2026-11")
	fmt.Println(day.Grain(), day.Month(), month.Contains(day))
	_, err := partition.Parse("2026-11-31")
	fmt.Println(err)
	// Output:
	// daily 2026-11 true
	// partition "2026-11-31" is neither a day like 2026-11-21 nor a month like 2026-11
}

func ExampleNewestComplete() {
	at := time.Date(2026, 3, 1, 7, 0, 0, 0, time.UTC)
	fmt.Println(partition.NewestComplete(partition.Daily, at))
	fmt.Println(partition.NewestComplete(partition.Monthly, at))
	// Output:
	// 2026-02-28
	// 2026-02
}

func ExampleRange() {
	for p := range partition.Range(partition.MustParse("2026-11"), partition.MustParse("2027-01")) {
		fmt.Println(p, p.Decorator())
	}
	// Output:
	// 2026-11 202611
	// 2026-12 202612
	// 2027-01 202701
}
