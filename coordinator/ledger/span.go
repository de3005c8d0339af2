package ledger

import (
	"slices"

	"example.com/rollcall/shared/partition"
)

// span is a range of partitions that one listing covers.
type span struct{ first, last partition.Partition }

// spans groups partitions into as few listings as their names allow. The names of days and months stand in one order,
// a month's own folder after those of its days ("2026-11-30/" before "2026-11/" before "2026-12-01/"), so a run of
// neighbouring days costs one listing, across the end of a month too; and so does a month with all its days.
func spans(wanted []partition.Partition) []span {
	wanted = slices.Clone(wanted)
	slices.SortFunc(wanted, byName)
	wanted = slices.Compact(wanted)
	var list []span
	for _, p := range wanted {
		if n := len(list); n > 0 && follows(list[n-1].last, p) {
			list[n-1].last = p
			continue
		}
		list = append(list, span{p, p})
	}
	return list
}

// byName orders partitions as their folders stand in a listing: by the day on which they end, a day before its month.
func byName(a, b partition.Partition) int {
	if c := a.End().Compare(b.End()); c != 0 || a.Grain() == b.Grain() {
		return c
	}
	if a.Grain() == partition.Daily {
		return -1
	}
	return 1
}

// follows reports whether nothing that is not wanted stands between the folders of a and b, save perhaps one month's.
func follows(a, b partition.Partition) bool {
	if b.Grain() == partition.Monthly {
		return a.Grain() == partition.Daily && a.End().Equal(b.End())
	}
	return a.End().Equal(b.Start())
}

// bounds are the first name that the span holds, the first name after it, and what all its names begin with.
func (s span) bounds() (prefix, from, to string) {
	from = folder(s.first)
	end := folder(s.last)
	to = end[:len(end)-1] + "0" // '0' is the character after '/'
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	if s.first == s.last {
		return from, "", ""
	}
	return from[:n], from, to
}
