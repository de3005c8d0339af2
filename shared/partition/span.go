package partition

import "fmt"

// Join groups the items of a list, sorted by partition, whose partitions follow one another or are the same.
// Two neighbours share a group only if alike reports true for them; a nil alike means always.
func Join[T any](sorted []T, at func(T) Partition, alike func(a, b T) bool) (groups [][]T) {
	for _, item := range sorted {
		if n := len(groups); n > 0 {
			last := groups[n-1][len(groups[n-1])-1]
			next := at(last) == at(item) || at(last).Add(1) == at(item)
			if next && (alike == nil || alike(last, item)) {
				groups[n-1] = append(groups[n-1], item)
				continue
			}
		}
		groups = append(groups, []T{item})
	}
	return groups
}

// Text returns "2026-11-20 to 2026-11-21", or "2026-11-20" when first and last are the same.
func Text(first, last Partition) string {
	if first == last {
		return first.String()
	}
	return fmt.Sprintf("%s to %s", first, last)
}

// Covering returns the first and the last of the fewest days such that each partition contains one of them. The
// list must not be empty.
func Covering(list []Partition) (from, to Partition) {
	for _, p := range list {
		first, last := Day(p.Start()), Day(p.End().Add(-1))
		if from.IsZero() || last.Compare(from) < 0 {
			from = last
		}
		if to.IsZero() || first.Compare(to) > 0 {
			to = first
		}
	}
	if to.Compare(from) < 0 { // one month alone: any of its days will do
		from = to
	}
	return from, to
}

// Bounds returns the first day of the earliest partition and the last day of the latest. The list must not be empty.
func Bounds(list []Partition) (from, to Partition) {
	for _, p := range list {
		first, last := Day(p.Start()), Day(p.End().Add(-1))
		if from.IsZero() || first.Compare(from) < 0 {
			from = first
		}
		if to.IsZero() || last.Compare(to) > 0 {
			to = last
		}
	}
	return from, to
}

// Within returns the days from from to to, and then the months that they lie in.
func Within(from, to Partition) (list []Partition) {
	for _, grain := range []Grain{Daily, Monthly} {
		for p := range Range(Of(grain, from.Start()), Of(grain, to.Start())) {
			list = append(list, p)
		}
	}
	return list
}
