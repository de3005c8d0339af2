package pipeline_test

import (
	"fmt"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

const example = `
name: rollcall
timezone: Europe/London
start: 2026-01-01
sources:
  kit:
    description: The subscribers of one Kit account.
    cadence: daily
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: Every subscriber., reads: snapshot}
`

func ExampleParse() {
	p, err := pipeline.Parse([]byte(example))
	if err != nil {
		fmt.Println(err)
		return
	}
	kit := p.Sources["kit"]
	fmt.Println(kit.Cadence, kit.Due, kit.Lookback, kit.SortedTables())
	fmt.Println(p.Owes(kit, partition.MustParse("2025-12-31")))
	// Output:
	// daily 1d 10:00 1 [raw.kit_subscribers]
	// false
}

func ExampleSource_DueAt() {
	p, err := pipeline.Parse([]byte(example))
	if err != nil {
		fmt.Println(err)
		return
	}
	// In London, summer time begins on 2026-03-29. The due time stays 10:00 there.
	for _, day := range []string{"2026-03-27", "2026-03-28"} {
		fmt.Println(p.Sources["kit"].DueAt(partition.MustParse(day), p.Location()).UTC())
	}
	// Output:
	// 2026-03-28 10:00:00 +0000 UTC
	// 2026-03-29 09:00:00 +0000 UTC
}

func ExampleParseSource() {
	_, err := pipeline.ParseSource([]byte(`{"kit": {"cadence": "hourly", "due": "1d 10:00", "description": "Subscribers."}}`))
	fmt.Println(err)
	// Output:
	// pipeline: source kit: cadence "hourly" is neither daily nor monthly
	// pipeline: source kit: no tables
}
