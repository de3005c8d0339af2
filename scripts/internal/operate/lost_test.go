package operate

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/warehouse/duckdb"
)

// By the ledger all of it is up to date, so nothing would ever make it again. What the message advises does.
func TestWarehouseThatHasLostTablesIsNamedAndMadeAgain(t *testing.T) {
	dir := completeDir(t)
	want := contents(t, dir)
	h := datadir.Dir{Path: dir}
	dropMart(t, h.Warehouse())
	if r := runLocal(t, dir, RunOptions{}); r.status != broken || !strings.Contains(r.stderr, "warehouse.duckdb has lost mart.aggregate_engagement, ") || strings.Contains(r.stderr, "raw.") {
		t.Fatalf("status %d: %s", r.status, r.stderr)
	}
	if err := os.Remove(h.Warehouse()); err != nil {
		t.Fatal(err)
	}
	r := runLocal(t, dir, RunOptions{})
	ledger := filepath.Join(h.Objects(), "ledger")
	for _, says := range []string{"has lost mart.aggregate_engagement, ", " more tables, which ", "move " + ledger + " away", "backfill --from 2026-10-30 --data " + dir} {
		if r.status != broken || !strings.Contains(r.stderr, says) {
			t.Fatalf("status %d, want 1 and %q: %s", r.status, says, r.stderr)
		}
	}
	if err := os.Rename(ledger, filepath.Join(t.TempDir(), "ledger")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	o := BackfillOptions{Place: Place{Data: dir}, Confirmation: Confirmation{Yes: true}, Range: Range{From: "2026-10-30"}, Parallel: 4}
	if status := status(&out)(Backfill(t.Context(), o, folderSystem(&out, &out))); status != complete {
		t.Fatalf("status %d: %s", status, out.String())
	}
	got := contents(t, dir)
	for _, tables := range []map[string]string{want, got} { // the first run loaded a month more of these, which no model reads
		for _, table := range []string{"raw.drops_medium_earnings", "raw.drops_medium_stories", "raw.stripe_balance_transactions"} {
			delete(tables, table)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tables differ from before:\n%s", diff)
	}
}

// dropMart drops the tables that models make.
func dropMart(t *testing.T, file string) {
	t.Helper()
	d, err := duckdb.Open(t.Context(), duckdb.Options{Path: file})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Clear(t.Context(), "mart"); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
