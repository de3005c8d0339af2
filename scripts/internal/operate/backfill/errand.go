package backfill

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// fate is how one table's partition stands in a backfill.
type fate string

// Before it is loaded, a partition is to be asked for, or in one of the last three; afterwards in any but the first.
const (
	asked     fate = "asked"
	loaded    fate = "loaded"        // by this backfill, and its rows are others than before
	unchanged fate = "unchanged"     // by this backfill, with the rows that it had
	missing   fate = "missing"       // it was to be asked for, and did not come
	stands    fate = "stands"        // a snapshot that came in its time, and that nothing could bring but the same rows
	lost      fate = "not_to_be_had" // a snapshot of the past that nobody staged
)

// errand is what a backfill has to do with one source.
type errand struct {
	source   *pipeline.Source
	requests []partition.Partition // to ask for, oldest first
	wants    []wanted              // every table's partitions of the scope, by table
}

// wanted is one table's partition.
type wanted struct {
	plan.TablePartition
	fate fate // asked, loaded (which may prove to be unchanged), stands or lost
}

// scene is what is known when a backfill is planned.
type scene struct {
	scope days.Scope
	view  *ledger.View
	// snapshots are, by source, the partitions whose snapshots can be had although they are past.
	snapshots map[string]map[partition.Partition]bool
	since     time.Time // when the backfill began: what was loaded since is done
	now       time.Time
}

// errandFor works out the fewest requests to a source that bring everything of the scope that can be had and is not done.
//
// One request for a partition loads of each window table that partition and those before it that the source looks back on,
// and of each snapshot table that partition alone (see shared/source). Of a snapshot that has arrived there is only ever the
// same file, so it is left alone.
func errandFor(src *pipeline.Source, sc scene) errand {
	e := errand{source: src}
	var windows, points []partition.Partition
	partitions := sc.scope.Partitions(src.Cadence)
	newest := partition.NewestComplete(src.Cadence, sc.now)
	for _, table := range src.SortedTables() {
		reads := src.Table(table).Reads
		for _, p := range partitions {
			a, arrived := sc.view.Newest(table, p)
			w := wanted{plan.TablePartition{Table: table, Partition: p}, asked}
			switch {
			case arrived && !a.LoadedAt.Before(sc.since):
				w.fate = loaded
			case reads == pipeline.Window:
				windows = append(windows, p)
			case arrived:
				w.fate = stands
			case p == newest || sc.snapshots[src.Name][p]:
				points = append(points, p)
			default:
				w.fate = lost
			}
			e.wants = append(e.wants, w)
		}
	}
	e.requests = requests(windows, points, sc.scope.Newest(src.Cadence), src.Lookback)
	return e
}

// requests are the fewest partitions to ask for, oldest first: all of points, and enough for each of windows to be among the
// lookback partitions that end with one asked for. None is after last.
func requests(windows, points []partition.Partition, last partition.Partition, lookback int) []partition.Partition {
	ask := map[partition.Partition]bool{}
	for _, p := range points {
		ask[p] = true
	}
	slices.SortFunc(windows, partition.Partition.Compare)
	for _, p := range windows {
		covered := false
		for n := range lookback {
			covered = covered || ask[p.Add(n)]
		}
		if covered {
			continue
		}
		q := p.Add(lookback - 1) // as late as will do, so that it covers the most after p
		if q.Compare(last) > 0 {
			q = last
		}
		ask[q] = true
	}
	list := make([]partition.Partition, 0, len(ask))
	for p := range ask {
		list = append(list, p)
	}
	slices.SortFunc(list, partition.Partition.Compare)
	return list
}

// brings are the tables' partitions that an errand's requests may load: more than it is after, since a request loads of each
// window table all that the source looks back on, and of each snapshot table what it is for.
func (e errand) brings() (list []plan.TablePartition) {
	for _, table := range e.source.SortedTables() {
		for _, p := range e.requests {
			for q := range e.source.Brings(table, p) {
				list = append(list, plan.TablePartition{Table: table, Partition: q})
			}
		}
	}
	return list
}

// touched are the partitions of which a backfill may load something: those of the scope, and as many before them as a window
// reaches. Nothing is touched of a source that has nothing to ask for and nothing done.
func touched(errands []errand, scope days.Scope) []partition.Partition {
	found := map[partition.Partition]bool{}
	for _, e := range errands {
		if !slices.ContainsFunc(e.wants, func(w wanted) bool { return w.fate == asked || w.fate == loaded }) {
			continue
		}
		partitions := scope.Partitions(e.source.Cadence)
		for _, p := range partitions {
			found[p] = true
		}
		if has(e.source, pipeline.Window) {
			for n := 1; n < e.source.Lookback; n++ {
				found[partitions[0].Add(-n)] = true
			}
		}
	}
	list := make([]partition.Partition, 0, len(found))
	for p := range found {
		list = append(list, p)
	}
	slices.SortFunc(list, partition.Partition.Compare)
	return list
}

func has(s *pipeline.Source, reads pipeline.Reads) bool {
	for _, t := range s.Tables {
		if t.Reads == reads {
			return true
		}
	}
	return false
}
