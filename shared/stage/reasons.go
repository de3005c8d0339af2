package stage

import (
	"fmt"
	"strings"

	"example.com/rollcall/shared/partition"
)

// Reasons returns the reasons of refusals for people. Neighbouring partitions of a table that were refused for the same
// reason share one line. The list must be in order of partitions for that.
func Reasons(list []Refusal) (lines []string) {
	at := func(r Refusal) partition.Partition { return r.Partition }
	for len(list) > 0 {
		group := partition.Join(list, at, alike)[0]
		first, last := group[0], group[len(group)-1]
		line := first.Reason
		if why, ok := first.why(); ok {
			line = fmt.Sprintf("%s %s%s", first.Table, partition.Text(first.Partition, last.Partition), why)
		}
		lines = append(lines, line)
		list = list[len(group):]
	}
	return lines
}

func alike(a, b Refusal) bool {
	whyA, okA := a.why()
	whyB, okB := b.why()
	return okA && okB && a.Table == b.Table && whyA == whyB
}

// why returns the reason without the table's partition that it begins with; false if it does not.
func (r Refusal) why() (string, bool) {
	return strings.CutPrefix(r.Reason, fmt.Sprintf("%s %s", r.Table, r.Partition))
}

// namedKeys is how many keys a reason names. A line of more is not read by anyone.
const namedKeys = 3

// NameKeys names the first keys and counts the others, and those that keys leaves out: "a, b, c and 77 more".
func NameKeys(keys []string, leftOut int) string {
	text := strings.Join(keys[:min(len(keys), namedKeys)], ", ")
	if more := len(keys) + leftOut - namedKeys; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
