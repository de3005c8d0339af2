package local

import (
	"sync"
	"time"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Feed is a source as this machine deals with it.
type Feed struct {
	Name   string
	Origin datadir.Origin
	Newest partition.Partition // the newest complete partition by the clock

	url   string
	told  bool              // by a file that arrives, as drops is, rather than asked
	clock func(t time.Time) // sets the instant as of which an invented service answers; nil when it is live

	mu sync.Mutex // held while it is asked: an invented service has one clock
}

// Asks reports whether the source is asked, rather than told by a file that arrives.
func (f *Feed) Asks() bool { return !f.told }

// Tells reports whether a table's partition can be had. The real services tell nothing of the past in their snapshots;
// the invented ones do.
func (f *Feed) Tells(s *pipeline.Source, table string, p partition.Partition) bool {
	return f.Origin == datadir.Invented || p == f.Newest || s.Table(table).Reads == pipeline.Window
}
