package folder

import (
	"strings"
	"testing"

	"example.com/rollcall/shared/partition"
)

var day = partition.MustParse

func TestFolderHoldsDataOfOneOrigin(t *testing.T) {
	first := day("2026-10-18")
	m := Memory{Sources: map[string]Origin{"kit": Invented, "medium": Live}}
	if err := m.Extend(first, map[string]Origin{"kit": Invented, "medium": Live, "stripe": Live}, ".rollcall"); err != nil {
		t.Fatal(err)
	}
	err := m.Extend(first, map[string]Origin{"kit": Live, "medium": Live}, ".rollcall")
	if err == nil || !strings.Contains(err.Error(), ".rollcall holds data from elsewhere: kit was invented and is now live; give another folder with --data") {
		t.Errorf("got %v", err)
	}
}

func TestStartIsTheEarliestDayEverAskedFor(t *testing.T) {
	h := Home{t.TempDir()}
	for _, from := range []string{"2026-10-18", "2026-10-20", "2026-10-10"} {
		m, err := h.Recall()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Extend(day(from), nil, h.Dir); err != nil {
			t.Fatal(err)
		}
		if err := h.Remember(m); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := h.Recall(); err != nil || m.Start != day("2026-10-10") {
		t.Errorf("start %s, %v; want 2026-10-10", m.Start, err)
	}
}
