package replay

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// Each of some partitions holds one of the days, and fewer days would not do.
func TestDaysOfPartitions(t *testing.T) {
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
		from, to := daysOf(list)
		if !touched(from, to) {
			t.Fatalf("%s to %s leave out one of %v", from, to, list)
		}
		if from != to && (touched(from.Add(1), to) || touched(from, to.Add(-1))) {
			t.Fatalf("%s to %s are more than %v needs", from, to, list)
		}
		for _, p := range list {
			if k := (course{From: from, To: to}); !slices.Contains(k.within(), p) {
				t.Fatalf("%s to %s hold %v, and not %s", from, to, k.within(), p)
			}
		}
	})
}

func TestNeighboursAreNamedTogether(t *testing.T) {
	want := func(table string, partitions ...string) (list []plan.TablePartition) {
		for _, p := range partitions {
			list = append(list, plan.TablePartition{Table: table, Partition: partition.MustParse(p)})
		}
		return list
	}
	got := compressWants(slices.Concat(want("a", "2026-10-31", "2026-11-01", "2026-11-03"), want("b", "2026-11-04"), want("c", "2026-12", "2027-01")))
	if diff := cmp.Diff([]string{"a 2026-10-31 to 2026-11-01 (2)", "a 2026-11-03", "b 2026-11-04", "c 2026-12 to 2027-01 (2)"}, got); diff != "" {
		t.Error(diff)
	}
}
