package datadir

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/upstream/upstreamtest"
)

var day = partition.MustParse

func TestFolderHoldsDataOfOneOrigin(t *testing.T) {
	first := day("2026-10-18")
	m := Memory{Sources: map[string]Origin{"kit": Invented, "medium": Live}}
	if err := m.Extend(first, map[string]Origin{"kit": Invented, "medium": Live, "stripe": Live}, ".rollcall"); err != nil {
		t.Fatal(err)
	}
	err := m.Extend(first, map[string]Origin{"kit": Live, "medium": Live}, ".rollcall")
	if err == nil || !strings.Contains(err.Error(), ".rollcall holds data from elsewhere: kit was invented and is now live; name another folder with --data") {
		t.Errorf("got %v", err)
	}
}

func TestStartIsTheEarliestDayEverAskedFor(t *testing.T) {
	h := Dir{t.TempDir()}
	for _, from := range []string{"2026-10-18", "2026-10-20", "2026-10-10"} {
		m, err := h.Recall()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Extend(day(from), nil, h.Path); err != nil {
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

// A folder that cannot be read may hold all that was ever loaded, so nobody is told to remove it.
func TestOnlyAMemoryThatIsNoJSONMakesTheFolderWorthless(t *testing.T) {
	h := Dir{t.TempDir()}
	if err := os.WriteFile(h.memory(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Recall(); err == nil || !strings.Contains(err.Error(), "fix: remove the folder") {
		t.Errorf("malformed: %v", err)
	}
	if err := errors.Join(os.Remove(h.memory()), os.Mkdir(h.memory(), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Recall(); err == nil || strings.Contains(err.Error(), "remove") || !strings.Contains(err.Error(), "fix: make its files readable") {
		t.Errorf("unreadable: %v", err)
	}
}

// What rollcall run does not expect, its readers do not expect either.
func TestOnlyTheNewestSnapshotOfARealServiceIsExpected(t *testing.T) {
	p, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		t.Fatal(err)
	}
	m := Memory{Sources: map[string]Origin{"kit": Live, "medium": Live, "sheets": Invented}}
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		source, table, day string
		want               bool
	}{
		{"kit", "raw.kit_subscribers", "2026-10-31", true},
		{"kit", "raw.kit_subscribers", "2026-11-01", false},
		{"medium", "raw.medium_stories", "2026-10-31", true},
		{"medium", "raw.medium_story_days", "2026-10-31", false},
		{"sheets", "raw.sheets_boosts", "2026-10-31", false},
	} {
		if got := m.unavailable(p.Sources[tc.source], tc.table, day(tc.day), now); got != tc.want {
			t.Errorf("%s %s: %v, want %v", tc.table, tc.day, got, tc.want)
		}
	}
}

func TestNullsInTheMemory(t *testing.T) {
	h := Dir{t.TempDir()}
	for document := range upstreamtest.Nulls([]byte(`{"start": "2026-10-18", "sources": {"kit": "live"}}`)) {
		if err := os.WriteFile(h.memory(), document, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := h.Recall()
		if err != nil {
			continue
		}
		if err := m.Extend(day("2026-10-20"), map[string]Origin{"medium": Live}, h.Path); err != nil || m.Sources["medium"] != Live {
			t.Errorf("%s: %+v, %v", document, m, err)
		}
	}
}
