package term

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/shared/partition"
)

// Notice is something that a person has to know of a source or a model.
type Notice struct {
	Source, Model string
	Partition     partition.Partition // zero: of none
	Reason, Hint  string
}

// Span is a notice for several partitions in a row.
type Span struct {
	Notice
	Last  partition.Partition
	Count int // of partitions
}

// Spans puts together the notices of neighbouring partitions that say the same.
func Spans(notices []Notice) (list []Span) {
	sorted := slices.Clone(notices)
	slices.SortStableFunc(sorted, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Reason, b.Reason),
			a.Partition.Compare(b.Partition))
	})
	for _, it := range sorted {
		if n := len(list); n > 0 {
			s := &list[n-1]
			same := s.Source == it.Source && s.Model == it.Model && s.Reason == it.Reason && s.Hint == it.Hint
			if same && (s.Last == it.Partition || s.Last.Add(1) == it.Partition) {
				if s.Last != it.Partition {
					s.Last = it.Partition
					s.Count++
				}
				continue
			}
		}
		list = append(list, Span{it, it.Partition, 1})
	}
	return list
}

// String is "kit 2026-11-20 to 2026-11-21: reason; fix: hint".
func (s Span) String() string {
	var b strings.Builder
	b.WriteString(cmp.Or(s.Model, s.Source, "nobody"))
	if !s.Partition.IsZero() {
		fmt.Fprintf(&b, " %s", s.Partition)
	}
	if s.Count > 1 {
		fmt.Fprintf(&b, " to %s", s.Last)
	}
	fmt.Fprintf(&b, ": %s", s.Reason)
	if s.Hint != "" {
		fmt.Fprintf(&b, "; fix: %s", s.Hint)
	}
	return b.String()
}
