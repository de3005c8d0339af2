package stage

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/shared/partition"
)

func TestNeighboursShareAReason(t *testing.T) {
	refusal := func(table, day, why string) Refusal {
		return Refusal{Table: table, Partition: partition.MustParse(day), Reason: table + " " + day + " " + why}
	}
	list := []Refusal{
		refusal("raw.a", "2026-11-20", "is not staged"),
		refusal("raw.a", "2026-11-21", "is not staged"),
		refusal("raw.a", "2026-11-22", "fell from 9 rows to 1"),
		refusal("raw.a", "2026-11-24", "fell from 9 rows to 1"), // not a neighbour
		refusal("raw.b", "2026-11-25", "fell from 9 rows to 1"), // of another table
		{Code: "account", Reason: "a sends data of another account"},
		{Code: "account", Reason: "a sends data of another mode"},
	}
	want := []string{
		"raw.a 2026-11-20 to 2026-11-21 is not staged",
		"raw.a 2026-11-22 fell from 9 rows to 1",
		"raw.a 2026-11-24 fell from 9 rows to 1",
		"raw.b 2026-11-25 fell from 9 rows to 1",
		"a sends data of another account",
		"a sends data of another mode",
	}
	if diff := cmp.Diff(want, Reasons(list)); diff != "" {
		t.Error(diff)
	}
}

func TestAReasonNamesTheFirstKeys(t *testing.T) {
	for _, test := range []struct {
		keys    []string
		leftOut int
		want    string
	}{
		{[]string{"1"}, 0, "1"},
		{[]string{"1", "2", "3"}, 0, "1, 2, 3"},
		{[]string{"1", "2", "3", "4"}, 0, "1, 2, 3 and 1 more"},
		{[]string{"1", "2", "3", "4"}, 76, "1, 2, 3 and 77 more"},
	} {
		if got := NameKeys(test.keys, test.leftOut); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
