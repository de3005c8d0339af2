package localrun

import (
	"slices"

	"example.com/rollcall/scripts/internal/deployment/local"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// schedule says which partitions to ask a source for, oldest first: those of which a table has not arrived; the newest
// always, because each run reads its trailing window again; and, when days were given, all that can be read again.
func schedule(s *pipeline.Source, sc scope, feed *local.Feed, arrived func(table string, p partition.Partition) bool) []partition.Partition {
	var list []partition.Partition
	for _, p := range sc.Partitions(s.Cadence) {
		again := feed.Asks() && (p == sc.Newest(s.Cadence) || sc.explicit && hasWindow(s))
		lacks := slices.ContainsFunc(s.SortedTables(), func(table string) bool {
			return feed.Tells(s, table, p) && !arrived(table, p)
		})
		if again || lacks {
			list = append(list, p)
		}
	}
	return list
}

func hasWindow(s *pipeline.Source) bool   { return has(s, pipeline.Window) }
func hasSnapshot(s *pipeline.Source) bool { return has(s, pipeline.Snapshot) }

func has(s *pipeline.Source, reads pipeline.Reads) bool {
	for _, t := range s.Tables {
		if t.Reads == reads {
			return true
		}
	}
	return false
}
