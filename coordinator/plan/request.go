package plan

import (
	"maps"
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// LoadStatus says how one table's partition stands when requests are planned.
type LoadStatus string

// The load statuses.
const (
	Needed       LoadStatus = "needed"       // to be loaded by one of the requests
	Loaded       LoadStatus = "loaded"       // already, since the work began
	Kept         LoadStatus = "kept"         // a snapshot that has arrived: a request would load the same rows
	Refused      LoadStatus = "refused"      // a snapshot of the past: its rows are staged, but were refused
	Unobtainable LoadStatus = "unobtainable" // a snapshot of the past that was never staged
)

// RequestPlan says what to request from one source.
type RequestPlan struct {
	Source     *pipeline.Source
	Partitions []partition.Partition // that were asked about
	Requests   []partition.Partition // oldest first
	Tables     []TableLoad           // every table's partitions, by table
}

// TableLoad is one table's partition in a RequestPlan.
type TableLoad struct {
	TablePartition
	Status LoadStatus
}

// Requests returns the fewest requests to a source that load everything of some partitions, in order, that
// can be loaded and was not loaded since the work began.
//
// One request for a partition loads of each window table that partition and those before it that the source
// looks back on, and of each snapshot table that partition alone. Snapshots can be loaded of the newest
// complete partition, and of those in staged.
func Requests(s *pipeline.Source, partitions []partition.Partition, v *ledger.View,
	staged map[partition.Partition]bool, since, now time.Time) RequestPlan {
	plan := RequestPlan{Source: s, Partitions: partitions}
	if len(partitions) == 0 {
		return plan
	}
	var windows, snapshots []partition.Partition
	for _, table := range s.SortedTables() {
		for _, p := range partitions {
			arrival, arrived := v.Newest(table, p)
			status := Needed
			switch {
			case arrived && !arrival.LoadedAt.Before(since):
				status = Loaded
			case s.Table(table).Reads == pipeline.Window:
				windows = append(windows, p)
			case arrived:
				status = Kept
			case s.Readable(table, p, now) || staged[p]:
				snapshots = append(snapshots, p)
			default:
				status = Unobtainable
			}
			plan.Tables = append(plan.Tables, TableLoad{TablePartition{Table: table, Partition: p}, status})
		}
	}
	plan.Requests = fewest(windows, snapshots, partitions[len(partitions)-1], s.Lookback)
	return plan
}

// fewest returns the fewest partitions to request: all snapshots, and enough for each of windows to be among
// the lookback partitions that end with a requested one. None is after last.
func fewest(windows, snapshots []partition.Partition, last partition.Partition, lookback int) []partition.Partition {
	requested := map[partition.Partition]bool{}
	for _, p := range snapshots {
		requested[p] = true
	}
	slices.SortFunc(windows, partition.Partition.Compare)
	for _, p := range windows {
		covered := false
		for n := range lookback {
			covered = covered || requested[p.Add(n)]
		}
		if covered {
			continue
		}
		q := p.Add(lookback - 1) // as late as possible, so that it covers the most after p
		if q.Compare(last) > 0 {
			q = last
		}
		requested[q] = true
	}
	return slices.SortedFunc(maps.Keys(requested), partition.Partition.Compare)
}

// AddRefused adds a partition whose newest load was refused; holds reports which rows that load has staged. If they are
// accepted, a request for the partition loads them. Otherwise what nothing else can load is refused.
func (r *RequestPlan) AddRefused(p partition.Partition, holds func(table string, p partition.Partition) bool,
	accepted bool) {
	for i := range r.Tables {
		t := &r.Tables[i]
		switch {
		case !holds(t.Table, t.Partition):
		case accepted && t.Status != Loaded:
			t.Status = Needed
		case t.Status == Unobtainable:
			t.Status = Refused
		}
	}
	if n, planned := slices.BinarySearchFunc(r.Requests, p, partition.Partition.Compare); accepted && !planned {
		r.Requests = slices.Insert(r.Requests, n, p)
	}
}

// Loads returns the tables' partitions that the requests may load. These are more than what is needed, because
// a request loads all that the source looks back on.
func (r RequestPlan) Loads() (list []TablePartition) {
	for _, p := range r.Requests {
		list = append(list, LoadedBy(r.Source, p)...)
	}
	return list
}

// TablePartitions returns all of a source's tables for some partitions, by partition and then by table.
func TablePartitions(s *pipeline.Source, partitions []partition.Partition) (list []TablePartition) {
	for _, p := range partitions {
		for _, table := range s.SortedTables() {
			list = append(list, TablePartition{Table: table, Partition: p})
		}
	}
	return list
}

// LoadedBy returns the tables' partitions that a source loads when it is requested to load one partition.
func LoadedBy(s *pipeline.Source, p partition.Partition) (list []TablePartition) {
	for _, table := range s.SortedTables() {
		for q := range s.Loads(table, p) {
			list = append(list, TablePartition{Table: table, Partition: q})
		}
	}
	return list
}

// Touched returns the partitions of which the plans may load something, in order: those asked about, and as
// many before them as a window reaches. A plan that loads nothing touches nothing.
func Touched(plans []RequestPlan) []partition.Partition {
	found := map[partition.Partition]bool{}
	for _, r := range plans {
		if !slices.ContainsFunc(r.Tables, func(t TableLoad) bool { return t.Status == Needed || t.Status == Loaded }) {
			continue
		}
		for _, p := range r.Partitions {
			found[p] = true
		}
		if r.Source.Has(pipeline.Window) {
			for n := 1; n < r.Source.Lookback; n++ {
				found[r.Partitions[0].Add(-n)] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), partition.Partition.Compare)
}
