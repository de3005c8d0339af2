package pipeline

import "cmp"

// Volume says how far the number of a table's rows may fall from one load to the next.
type Volume struct {
	MinRatio float64 `yaml:"min_ratio"` // lowest share of the earlier rows; 0 in the file means 0.67
	From     int64   `yaml:"from"`      // number of earlier rows from which MinRatio counts; 0 in the file means 10
}

// Departure says what happens when a key that an earlier load had is missing from the next one.
type Departure string

// What happens when a key leaves.
const (
	// Keep carries the earlier rows of the key over, so that the past stays as it was. Only for a window table.
	Keep Departure = "keep"
	// Refuse refuses the load. The rows of such a table are events of their partition, which never vanish.
	Refuse Departure = "refuse"
	// Count loads without the key, and counts and names it.
	Count Departure = "count"
)

func (t *Table) completeGuard(f *faults) {
	t.Volume.MinRatio, t.Volume.From = cmp.Or(t.Volume.MinRatio, 0.67), cmp.Or(t.Volume.From, 10)
	if !(t.Volume.MinRatio > 0 && t.Volume.MinRatio <= 1) { // so that NaN is refused too
		f.add("table %s: volume: min_ratio %v is not above 0 and at most 1", t.Name, t.Volume.MinRatio)
	}
	if t.Volume.From < 1 {
		f.add("table %s: volume: from %d is not at least 1", t.Name, t.Volume.From)
	}
	if len(t.Key) == 0 {
		if t.KeysThatLeave != "" || len(t.Monotonic) > 0 {
			f.add("table %s: keys_that_leave and monotonic need a key", t.Name)
		}
		return
	}
	if t.KeysThatLeave == "" {
		t.KeysThatLeave = Refuse
		if t.Reads == Snapshot {
			t.KeysThatLeave = Count
		}
	}
	switch t.KeysThatLeave {
	case Refuse, Count:
	case Keep:
		if t.Reads == Snapshot {
			f.add("table %s: keys_that_leave: keep is only for a window table; a snapshot shows what is there now", t.Name)
		}
	default:
		f.add("table %s: keys_that_leave %q is not keep, refuse or count", t.Name, t.KeysThatLeave)
	}
}
