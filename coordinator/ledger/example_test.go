package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Two coordinators append to one log. The second to write a number fails, lists again, and sees the other's
// record.
func ExampleLedger_Append() {
	ctx := context.Background()
	store := &coordtest.Store{}
	a, b := ledger.New(store, "coordinator a"), ledger.New(store, "coordinator b")
	day := partition.MustParse("2026-11-21")
	log := ledger.LogOf(&manifest.Model{Name: "story_days", Grain: partition.Daily}, day)

	if _, err := a.Append(ctx, log, 1, ledger.Run{State: ledger.Started, Model: "story_days", Partition: day}); err != nil {
		panic(err)
	}
	_, err := b.Append(ctx, log, 1, ledger.Run{State: ledger.Started, Model: "story_days", Partition: day})
	fmt.Println("b was second:", errors.Is(err, ledger.ErrTaken))

	v := &ledger.View{}
	if err := b.List(ctx, v, []partition.Partition{day}); err != nil {
		panic(err)
	}
	run, err := b.ReadRun(ctx, log, v.Seq(log))
	if err != nil {
		panic(err)
	}
	fmt.Println("record", v.Seq(log), "is", run.State, "by", run.Writer)
	// Output:
	// b was second: true
	// record 1 is started by coordinator a
}

// A hold keeps the models of a partition waiting until it ends or is released.
func ExampleLedger_Hold() {
	ctx := context.Background()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	l := ledger.New(&coordtest.Store{}, "backfill")
	days := []partition.Partition{partition.MustParse("2026-11-21")}
	held := func() bool {
		v := &ledger.View{}
		if err := l.List(ctx, v, days); err != nil {
			panic(err)
		}
		_, held := v.Held(days[0], now)
		return held
	}

	hold := ledger.Hold{ID: "backfill-1", Until: now.Add(time.Hour), From: days[0], To: days[0]}
	if err := l.Hold(ctx, hold, days, now); err != nil {
		panic(err)
	}
	fmt.Println("held:", held())
	if err := l.Release(ctx, hold.ID, days, now); err != nil {
		panic(err)
	}
	fmt.Println("held:", held())
	// Output:
	// held: true
	// held: false
}
