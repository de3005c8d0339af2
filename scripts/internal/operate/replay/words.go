package replay

import (
	"fmt"

	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/partition"
)

// plural is "1 query", "2 queries".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// compress names targets, the neighbouring partitions of a model as one: "revenue 2026-08 to 2026-10 (3)".
func compress(targets []plan.Target) []string {
	wants := make([]plan.TablePartition, len(targets))
	for i, t := range targets {
		wants[i] = plan.TablePartition{Table: t.Model.Name, Partition: t.Partition}
	}
	return compressWants(wants)
}

// compressWants does the same of tables. They have to be sorted.
func compressWants(wants []plan.TablePartition) []string { return spans(wants, true) }

// spans is compressWants, with the number of partitions or without.
func spans(wants []plan.TablePartition, count bool) (names []string) {
	var first, last partition.Partition
	n := 0
	for i, w := range wants {
		if n == 0 {
			first = w.Partition
		}
		n++
		last = w.Partition
		if i+1 < len(wants) && wants[i+1].Table == w.Table && wants[i+1].Partition == last.Add(1) {
			continue
		}
		name := fmt.Sprintf("%s %s", w.Table, first)
		if n > 1 {
			name += fmt.Sprintf(" to %s", last)
		}
		if n > 1 && count {
			name += fmt.Sprintf(" (%d)", n)
		}
		names = append(names, name)
		n = 0
	}
	return names
}
