package partition_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"example.com/rollcall/shared/partition"
)

func TestCoveringIsTheFewestDaysThatTouchEachPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) partition.Partition {
			grain := rapid.SampledFrom([]partition.Grain{partition.Daily, partition.Monthly}).Draw(t, "grain")
			return partition.Of(grain, first.AddDate(0, 0, rapid.IntRange(0, 120).Draw(t, "day")))
		}), 1, 6).Draw(t, "partitions")
		touched := func(from, to partition.Partition) bool {
			for _, p := range list {
				if !from.Start().Before(p.End()) || !to.End().After(p.Start()) {
					return false
				}
			}
			return from.Compare(to) <= 0
		}
		from, to := partition.Covering(list)
		if !touched(from, to) {
			t.Fatalf("%s to %s leave out one of %v", from, to, list)
		}
		if from != to && (touched(from.Add(1), to) || touched(from, to.Add(-1))) {
			t.Fatalf("%s to %s are more than %v needs", from, to, list)
		}
		within := partition.Within(from, to)
		a, b := partition.Bounds(list)
		for _, p := range list {
			if !slices.Contains(within, p) {
				t.Fatalf("within %s to %s lie %v, without %s", from, to, within, p)
			}
			if p.Start().Before(a.Start()) || p.End().After(b.End()) {
				t.Fatalf("%s is out of the bounds %s to %s", p, a, b)
			}
		}
	})
}

func ExampleJoin() {
	days := []partition.Partition{
		partition.MustParse("2026-10-31"), partition.MustParse("2026-11-01"), partition.MustParse("2026-11-03"),
	}
	itself := func(p partition.Partition) partition.Partition { return p }
	for _, group := range partition.Join(days, itself, nil) {
		fmt.Println(partition.Text(group[0], group[len(group)-1]))
	}
	// Output:
	// 2026-10-31 to 2026-11-01
	// 2026-11-03
}
