package propose

import (
	"fmt"
	"maps"
	"slices"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// maxDays bounds last_n_days, as package header does.
const maxDays = 366

// mapping is how much of a table one place of a query reads.
type mapping struct {
	exact bool // the partition alone
	days  int  // the last days, the partition's among them; 0: all that there are
	grain partition.Grain
}

// reach is how much the terms leave of a table that is not read in the partition alone.
func reach(terms []term, exact bool) mapping {
	m := mapping{exact: exact}
	for _, c := range terms {
		if c.low != nil && *c.low < 0 && (m.days == 0 || -*c.low < m.days) {
			m.days = -*c.low
		}
	}
	return m
}

func (e *editor) mapped(table string, grain partition.Grain, m mapping) {
	m.grain = grain
	e.mappings[table] = append(e.mappings[table], m)
}

// inputs are the mappings of the tables that the model reads, those that are not "same" alone.
func (e *editor) inputs() (inputs []Input) {
	for _, table := range slices.Sorted(maps.Keys(e.mappings)) {
		in := Input{Table: table}
		days := 0
		for _, m := range e.mappings[table] {
			name := manifest.Same
			if !m.exact && (m.days == 0 || m.days > maxDays) {
				e.unbounded(table, m.grain)
			}
			switch {
			case m.grain == partition.Monthly && e.model.Grain == partition.Daily:
				name = manifest.Latest
			case m.grain != partition.Monthly && e.model.Grain == partition.Monthly:
				name = manifest.EachDay
			case !m.exact && m.grain != partition.Monthly && 1 < m.days && m.days <= maxDays:
				days = max(days, m.days)
				continue
			}
			if !slices.Contains(in.Mappings, string(name)) {
				in.Mappings = append(in.Mappings, string(name))
			}
		}
		if days > 0 { // the day itself is the last of them
			in.Mappings = slices.DeleteFunc(in.Mappings, func(name string) bool { return name == string(manifest.Same) })
			in.Mappings = append(in.Mappings, fmt.Sprintf("{%s: %d}", manifest.LastNDays, days))
		}
		if !slices.Equal(in.Mappings, []string{string(manifest.Same)}) {
			inputs = append(inputs, in)
		}
	}
	return inputs
}

// unbounded notes that the coordinator will not see changes in older partitions.
func (e *editor) unbounded(table string, grain partition.Grain) {
	e.model.note(e.model.View, e.model.View.At(0), true, "It reads every %s of %s so far, and waits for the newest alone: when an older "+
		"one is restated, nothing runs. Where one %s is enough, ask for it in a WHERE.", unit(grain), table, unit(grain))
}
