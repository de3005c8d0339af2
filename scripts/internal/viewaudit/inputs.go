package viewaudit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// reach says how much of a table a model reads.
type reach struct {
	grain       partition.Grain
	partitioned bool
	lag         int // how many partitions before its own the model needs
}

func (e *editor) reads(table string, r reach) {
	r.grain = cmp.Or(r.grain, partition.Daily)
	r.lag = max(r.lag, e.reached[table].lag)
	e.reached[table] = r
}

// input returns the mapping that names these partitions for a model.
func (r reach) input(table string, model partition.Grain) manifest.Input {
	in := manifest.Input{Table: table, Grain: r.grain, Mapping: manifest.All}
	own := !r.partitioned || r.lag == 0
	switch {
	case own && r.grain == model:
		in.Mapping = manifest.Same
	case own && model == partition.Monthly:
		in.Mapping = manifest.EachDay
	case !r.partitioned:
		in.Mapping = manifest.Latest
	case r.grain != model:
	case model == partition.Daily && r.lag < manifest.MaxDays:
		in.Mapping, in.N = manifest.LastNDays, r.lag+1
	case model == partition.Monthly && r.lag < manifest.MaxMonths:
		in.Mapping, in.N = manifest.LastNMonths, r.lag+1
	}
	return in
}

// mappingText returns an input's mapping as the header writes it.
func mappingText(in manifest.Input) string {
	if in.N > 0 {
		return fmt.Sprintf("{%s: %d}", in.Mapping, in.N)
	}
	return string(in.Mapping)
}

// inputs returns what the model reads, by table.
func (e *editor) inputs() (inputs []manifest.Input) {
	for _, table := range slices.Sorted(maps.Keys(e.reached)) {
		in := e.reached[table].input(table, e.model.Grain)
		inputs = append(inputs, in)
		if in.Mapping == manifest.All {
			e.model.note(e.model.View, e.model.View.At(0), true, "It reads every %s of %s so far, each time it runs. "+
				"If fewer are enough, give another mapping.", unit(in.Grain), table)
		}
	}
	return inputs
}

// readsMore reports whether the model reads more than its own partition, so that its rows must be filtered.
func (e *editor) readsMore() bool {
	for _, r := range e.reached {
		if r.partitioned && r.lag > 0 {
			return true
		}
	}
	return false
}
