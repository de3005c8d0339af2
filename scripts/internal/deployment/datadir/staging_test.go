package datadir

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
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
