package local

import (
	"sync"
	"time"

	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Feed describes a source in this process.
type Feed struct {
	Name   string
	Origin datadir.Origin
	Newest partition.Partition // the newest complete partition by the clock

	url   string
	files bool // it loads when a file arrives, as drops does; it is not called
	// The time as of which an invented service answers; nil for a real one.
	asOf    func() time.Time
	setTime func(t time.Time)

	mu sync.Mutex // held during a request: an invented service has one clock
}

// Asks reports whether the source is called, rather than loading when a file arrives.
func (f *Feed) Asks() bool { return !f.files }

// Tells reports whether a table's partition can be loaded. The real services have no snapshots of the past; the
// invented ones do.
func (f *Feed) Tells(s *pipeline.Source, table string, p partition.Partition) bool {
	return f.Origin == datadir.Invented || p == f.Newest || s.Table(table).Reads == pipeline.Window
}
