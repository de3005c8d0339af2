package standing

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// Group are waits for one thing after another, told together.
type Group struct {
	What        string // the tables' partitions, in words
	Source      string
	State       term.State
	Due         *time.Time          // of the first
	First, Last partition.Partition // from the first to the last
}

// Together puts waits for the same source, or for models in the same state, together.
func Together(waits []Wait) (list []Group) {
	names := map[int][]string{}
	for _, w := range waits {
		n := 0
		for n < len(list) && (list[n].Source != w.Source || list[n].State != w.State) {
			n++
		}
		if n == len(list) {
			list = append(list, Group{Source: w.Source, State: w.State, Due: w.Due, First: w.Partition, Last: w.Partition})
		}
		g := &list[n]
		if w.Partition.Compare(g.First) < 0 {
			g.First, g.Due = w.Partition, w.Due
		}
		if w.Partition.Compare(g.Last) > 0 {
			g.Last = w.Partition
		}
		names[n] = append(names[n], w.TablePartition.String())
	}
	for n := range list {
		list[n].What = term.List(Compress(names[n]))
	}
	return list
}

// Again says which inputs came again with the same rows: "raw.kit_subscribers 2026-11-21 was loaded again, with the same rows".
func Again(since []Reload) (list []string) {
	for _, kind := range [][2]string{{"mart.", "published"}, {"raw.", "loaded"}} {
		prefix, verb := kind[0], kind[1]
		var names []string
		for _, s := range since {
			if strings.HasPrefix(s.Table, prefix) {
				names = append(names, s.TablePartition.String())
			}
		}
		switch names = Compress(names); len(names) {
		case 0:
		case 1:
			list = append(list, fmt.Sprintf("%s was %s again, with the same rows", names[0], verb))
		default:
			list = append(list, fmt.Sprintf("%s were %s again, with the same rows", term.List(names), verb))
		}
	}
	return list
}

// Rows is "1 row", "1,489 rows".
func Rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return term.Whole(n) + " rows"
}

// Compress puts neighbouring partitions of one table together, in a list like "raw.kit_subscribers 2026-11-21" that is sorted by
// table and partition: "raw.kit_subscribers 2026-11-20 to 2026-11-21".
func Compress(list []string) (out []string) {
	var table string
	var first, last partition.Partition
	flush := func() {
		switch {
		case table == "":
		case first == last:
			out = append(out, table+" "+first.String())
		default:
			out = append(out, fmt.Sprintf("%s %s to %s", table, first, last))
		}
	}
	for _, text := range list {
		t, p, _ := strings.Cut(text, " ")
		q := partition.MustParse(p)
		if t == table && last.Add(1) == q {
			last = q
			continue
		}
		flush()
		table, first, last = t, q, q
	}
	flush()
	return out
}
