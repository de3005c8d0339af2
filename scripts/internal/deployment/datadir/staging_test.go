package datadir

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

func TestSnapshotsOfThePastAreThoseThatWereStagedWhole(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kit/2026-10-29/20261030T070000000Z-a/complete.json", "[]")
	put(t, dir, "kit/2026-10-30/20261031T070000000Z-b/kit_subscribers.ndjson.gz", "cut short")
	put(t, dir, "kit/2026-10-31/20261101T070000000Z-c/complete.json", "")
	s := staging{dir, map[string]Origin{"kit": Live, "medium": Invented}}
	for source, want := range map[string]map[partition.Partition]bool{
		"kit":    {day("2026-10-29"): true, day("2026-10-30"): false, day("2026-10-31"): false},
		"medium": {day("2026-10-29"): true, day("2026-10-30"): true, day("2026-10-31"): true},
		"sheets": {day("2026-10-29"): false, day("2026-10-30"): false, day("2026-10-31"): false},
	} {
		got, err := s.Snapshots(t.Context(), source, day("2026-10-29"), day("2026-10-31"))
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", source, err, diff)
		}
	}
}

func TestFailureOfTheNewestLoadIsRead(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "kit/2026-10-29/20261030T070000000Z-a/failed.json", `{"reason": "900 became 5"}`)
	put(t, dir, "kit/2026-10-29/20261030T080000000Z-b/failed.json", `{"reason": "900 became 4", "attempt": 2}`)
	put(t, dir, "kit/2026-10-30/20261031T070000000Z-c/failed.json", `{"reason": "Kit is down"}`)
	put(t, dir, "kit/2026-10-30/20261031T080000000Z-d/complete.json", "[]")
	put(t, dir, "kit/2026-10-31/20261101T070000000Z-e/failed.json", `{"rea`)
	put(t, dir, "kit/2026-11-01/20261102T070000000Z-f/kit_subscribers.ndjson.gz", "cut short")
	got, err := staging{dir, nil}.Failures(t.Context(), "kit", day("2026-10-28"), day("2026-11-01"))
	want := map[partition.Partition]stage.Failure{
		day("2026-10-29"): {LoadID: "20261030T080000000Z-b", Reason: "900 became 4", Attempt: 2},
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b partition.Partition) bool { return a == b })); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
