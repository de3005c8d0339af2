package term

import (
	"cmp"
	"slices"

	"example.com/rollcall/shared/partition"
)

// Notice is something that a person must know about a source or a model.
type Notice struct {
	Source, Model string
	Partition     partition.Partition // zero: none
	Reason, Hint  string
}

// Notices returns a line for each notice, "kit 2026-11-20 to 2026-11-21: reason; fix: hint". Notices about neighbouring
// partitions that say the same are joined.
func Notices(notices []Notice) (lines []string) {
	sorted := slices.Clone(notices)
	slices.SortStableFunc(sorted, func(a, b Notice) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Reason, b.Reason),
			a.Partition.Compare(b.Partition))
	})
	same := func(a, b Notice) bool { a.Partition = b.Partition; return a == b }
	at := func(n Notice) partition.Partition { return n.Partition }
	for _, group := range partition.Join(sorted, at, same) {
		n, last := group[0], group[len(group)-1].Partition
		line := cmp.Or(n.Model, n.Source, "a message")
		if !n.Partition.IsZero() {
			line += " " + partition.Text(n.Partition, last)
		}
		line += ": " + n.Reason
		if n.Hint != "" {
			line += "; fix: " + n.Hint
		}
		lines = append(lines, line)
	}
	return lines
}

// WriteMissing writes "missing: …" for each line of Notices.
func WriteMissing(out *Output, notices []Notice) {
	for _, line := range Notices(notices) {
		out.Say("missing: %s", line)
	}
}
