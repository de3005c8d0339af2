package main

import (
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// feed is a source as this command deals with it.
type feed struct {
	name   string
	origin origin
	url    string              // of its function; empty when it is not asked but told, as drops is
	clock  func(t time.Time)   // sets the instant as of which an invented service answers; nil when it is live
	newest partition.Partition // the newest complete partition by the clock
}

// asks reports whether the source is asked, rather than told by a file that arrives.
func (f feed) asks() bool { return f.url != "" }

// tells reports whether a table's partition can be had. The real services tell nothing of the past in their snapshots;
// the invented ones do.
func (f feed) tells(s *pipeline.Source, table string, p partition.Partition) bool {
	return f.origin == invented || p == f.newest || s.Tables[table[len("raw."):]].Reads == pipeline.Window
}
