package plan_test

import (
	"context"
	"fmt"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// A model waits for both its inputs, and starts when the second has arrived.
func ExamplePlanner_Decide() {
	p, err := coordtest.Pipeline(coordtest.Setting{Start: "2026-11-01"})
	if err != nil {
		panic(err)
	}
	overview := model("overview", partition.Daily, "raw.kit_subscribers daily same", "raw.medium_stories daily same")
	planner, err := plan.New(&manifest.Manifest{Models: []*manifest.Model{overview}}, p)
	if err != nil {
		panic(err)
	}
	target := plan.Target{Model: overview, Partition: partition.MustParse("2026-11-21")}
	records := ledger.New(&coordtest.Store{}, "example")
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

	for _, table := range []string{"raw.kit_subscribers", "raw.medium_stories"} {
		arrived := event.Table{Table: table, Digest: coordtest.Digest("rows of " + table), LoadedAt: now}
		e := event.Event{LoadID: "load-1", Partition: target.Partition, Tables: []event.Table{arrived}}
		if err := records.RecordArrivals(context.Background(), e, now); err != nil {
			panic(err)
		}
		v := &ledger.View{}
		find := func() []partition.Partition { return planner.Unlisted(target, v) }
		if err := records.ListUntil(context.Background(), v, find); err != nil {
			panic(err)
		}
		d := planner.Decide(planner.Call(target, v), plan.Log{}, v, now)
		fmt.Println(d.Target, "is", d.Status, "- action:", d.Action, "- missing:", d.Missing)
	}
	// Output:
	// overview 2026-11-21 is waiting - action: nothing - missing: [raw.medium_stories 2026-11-21]
	// overview 2026-11-21 is ready - action: start - missing: []
}
