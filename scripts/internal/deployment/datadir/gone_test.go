package datadir

import (
	"os"
	"testing"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
)

// Without the file everything is gone. With a file, what it has is not known without opening it.
func TestEverythingIsGoneWithoutAWarehouseFile(t *testing.T) {
	h := Dir{t.TempDir()}
	day := partition.MustParse("2026-11-21")
	if err := h.Remember(Memory{Start: day}); err != nil {
		t.Fatal(err)
	}
	d, err := Open(h.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"raw.kit_subscribers", "mart.story_days"} {
		if a := (ledger.Arrival{Table: table, Partition: day, LoadedAt: time.Now()}); !d.Gone().Covers(a) {
			t.Errorf("without a file %s is there", a)
		}
	}
	if err := os.WriteFile(h.Warehouse(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if g := d.Gone(); g != nil {
		t.Errorf("with a file %v is gone", g.Tables)
	}
}
