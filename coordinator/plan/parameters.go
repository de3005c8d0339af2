package plan

import (
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Parameters returns the values of all DATE parameters that the statements of a model's partition may have: each stands
// for the first day of a partition. inputs is what the roll call of the run found present.
//
// The parameters of an input's mapping span the partitions that were present, from the oldest to the newest, so a
// statement reads what the run's fingerprint counts. If none was present, the span is empty. The parameters of same and
// each_day are the partition itself, whatever was present.
func Parameters(m *manifest.Model, p partition.Partition, inputs []ledger.Arrival) map[string]partition.Partition {
	params := map[string]partition.Partition{manifest.PartitionDate: p, manifest.PartitionEnd: p.Add(1)}
	for _, in := range m.Inputs {
		from, until := in.Parameters()
		if from == manifest.PartitionDate {
			continue
		}
		oldest, newest, found := span(in, p, inputs)
		if !found {
			params[from], params[until] = p, p
			continue
		}
		params[from], params[until] = oldest, newest.Add(1)
	}
	return params
}

// span returns the oldest and the newest of the present partitions that a mapping names.
func span(in manifest.Input, p partition.Partition, inputs []ledger.Arrival) (
	oldest, newest partition.Partition, found bool,
) {
	first, last := window(in, p)
	for _, a := range inputs {
		if a.Table != in.Table || a.Partition.Compare(first) < 0 || a.Partition.Compare(last) > 0 {
			continue
		}
		if !found || a.Partition.Compare(oldest) < 0 {
			oldest = a.Partition
		}
		if !found || a.Partition.Compare(newest) > 0 {
			newest = a.Partition
		}
		found = true
	}
	if in.Mapping == manifest.Latest {
		oldest = newest
	}
	return oldest, newest, found
}
