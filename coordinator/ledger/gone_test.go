package ledger_test

import (
	"errors"
	"testing"
	"time"

	"example.com/rollcall/coordinator/coordtest"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
)

func TestARecordSaysWhichArrivalsAreGone(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 22, hour, 0, 0, 0, time.UTC) }
	day := partition.MustParse("2026-11-21")
	g := &ledger.Gone{At: at(9), Tables: []ledger.GoneTable{
		{Table: "raw.dropped"},
		{Table: "raw.again", Created: at(8), Restored: []partition.Partition{day.Add(-1)}},
	}}
	rows := digest.Sum{1}
	for name, c := range map[string]struct {
		arrival ledger.Arrival
		want    bool
	}{
		"of a table that does not exist":           {ledger.Arrival{"raw.dropped", day, at(7), "id", rows}, true},
		"without rows, of such a table":            {ledger.Arrival{"raw.dropped", day, at(7), "id", digest.Sum{}}, true},
		"since the record was written":             {ledger.Arrival{"raw.dropped", day, at(9), "id", rows}, false},
		"before its table was created again":       {ledger.Arrival{"raw.again", day, at(7), "id", rows}, true},
		"without rows, before that":                {ledger.Arrival{"raw.again", day, at(7), "id", digest.Sum{}}, false},
		"before that, restored by a person":        {ledger.Arrival{"raw.again", day.Add(-1), at(7), "id", rows}, false},
		"that created the table again":             {ledger.Arrival{"raw.again", day, at(8), "id", rows}, false},
		"of a table that the record does not name": {ledger.Arrival{"raw.other", day, at(7), "id", rows}, false},
	} {
		if got := g.Covers(c.arrival); got != c.want {
			t.Errorf("an arrival %s is gone: %v", name, got)
		}
	}
	if none := (*ledger.Gone)(nil); none.Covers(ledger.Arrival{"raw.dropped", day, at(7), "id", rows}) {
		t.Error("without a record something is gone")
	}
}

// Only the newest record counts, and of two writers one succeeds.
func TestRecordsOfWhatIsGoneFollowOneAnother(t *testing.T) {
	store := &coordtest.Store{}
	a, b := ledger.New(store, "a"), ledger.New(store, "b")
	if g, seq, err := a.ReadGone(t.Context()); g != nil || seq != 0 || err != nil {
		t.Errorf("at first %v, %d, %v", g, seq, err)
	}
	first := ledger.Gone{At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Tables: []ledger.GoneTable{{Table: "raw.dropped"}}}
	if err := a.AppendGone(t.Context(), 1, first); err != nil {
		t.Fatal(err)
	}
	if err := b.AppendGone(t.Context(), 1, ledger.Gone{}); !errors.Is(err, ledger.ErrTaken) {
		t.Errorf("the second writer: %v", err)
	}
	if g, seq, err := b.ReadGone(t.Context()); seq != 1 || err != nil || g.Table("raw.dropped") == nil || g.Writer != "a" {
		t.Errorf("then %v, %d, %v", g, seq, err)
	}
}
