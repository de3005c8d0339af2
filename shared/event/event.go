package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/partition"
)

// Version is the version of the contract that this package writes, and the only one it reads.
const Version = 1

// Type says what kind of thing happened.
type Type string

// The types of event.
const (
	Loaded       Type = "loaded"
	Materialized Type = "materialized"
	Overdue      Type = "overdue"
)

// Event says that tables of one source, or one model, now stand in the warehouse for one partition; or, of type overdue,
// that a source's tables do not although they should.
type Event struct {
	Version   int                 `json:"version"`
	Type      Type                `json:"type"`
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id,omitempty"` // none when overdue
	Tables    []Table             `json:"tables,omitempty"`  // none when overdue
	Late      *Late               `json:"late,omitempty"`    // when overdue
}

// Table is what stands in one table's partition since a load.
type Table struct {
	Table    string     `json:"table"` // dataset.table, as in "raw.medium_stories"
	Rows     int64      `json:"rows"`
	Digest   digest.Sum `json:"digest"`
	LoadedAt time.Time  `json:"loaded_at"` // UTC, microseconds
}

// Late is how a source's partition stands that did not arrive in time.
type Late struct {
	Due      time.Time `json:"due"`                // when it should have arrived
	Missing  []string  `json:"missing,omitempty"`  // tables that have not, by full name; none: the last of them has arrived now
	Lost     []string  `json:"lost,omitempty"`     // of those, what nothing can bring back
	Requests int       `json:"requests,omitempty"` // how often the source has been asked for it again
	Blocks   []string  `json:"blocks,omitempty"`   // models' partitions that wait for it, as in "revenue 2026-10"
	Hint     string    `json:"hint,omitempty"`     // what a person can do
	Command  string    `json:"command,omitempty"`  // that does it
}

var (
	nameRE   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	tableRE  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$`)
	loadIDRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)
)

// maxTables bounds an event; no source has nearly as many tables.
const maxTables = 100

// Validate reports every way in which e breaks the contract, at once.
func (e Event) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if e.Version != Version {
		fault("version %d is not %d, the only one known here", e.Version, Version)
	}
	switch {
	case e.Type != Loaded && e.Type != Materialized && e.Type != Overdue:
		fault("type %.40q is none of %q, %q and %q", e.Type, Loaded, Materialized, Overdue)
	case e.Type == Overdue && (e.Late == nil || e.Late.Due.IsZero()):
		fault("it does not say since when it is overdue")
	case e.Type == Overdue && (e.LoadID != "" || len(e.Tables) > 0):
		fault("an overdue event has no load_id and no tables")
	case e.Type != Overdue && e.Late != nil:
		fault("only an overdue event is late")
	}
	if !nameRE.MatchString(e.Source) {
		fault("source %.70q is not a lower snake case name", e.Source)
	}
	if e.Partition.IsZero() {
		fault("no partition")
	}
	if e.Type != Overdue && !loadIDRE.MatchString(e.LoadID) {
		fault("load_id %.70q is not letters, digits, - and _", e.LoadID)
	}
	if e.Type != Overdue && (len(e.Tables) == 0 || len(e.Tables) > maxTables) {
		fault("%d tables, not 1 to %d", len(e.Tables), maxTables)
	}
	seen := map[string]bool{}
	for _, t := range e.Tables {
		if !tableRE.MatchString(t.Table) {
			fault("table %.140q is not dataset.table", t.Table)
		}
		if seen[t.Table] {
			fault("table %s stands twice", t.Table)
		}
		seen[t.Table] = true
		if t.Rows < 0 {
			fault("table %s: %d rows", t.Table, t.Rows)
		}
		if t.LoadedAt.IsZero() {
			fault("table %s: no loaded_at", t.Table)
		}
	}
	return errors.Join(faults...)
}

// Attributes are the message attributes that repeat parts of e.
func (e Event) Attributes() map[string]string {
	return map[string]string{"source": e.Source, "partition": e.Partition.String(), "type": string(e.Type)}
}

// Encode is the message data of e. It refuses an event that Decode would refuse.
func (e Event) Encode() ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("event of %s for %s: %w", e.Source, e.Partition, err)
	}
	return json.Marshal(e)
}

// Decode reads and validates message data. Unknown fields are allowed, so that a publisher may be newer than its reader.
// Every error is final: the same bytes will never decode.
func Decode(data []byte) (Event, error) {
	var e Event
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("event is not the JSON of a loaded event: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Event{}, errors.New("event has something after its JSON object")
	}
	if err := e.Validate(); err != nil {
		return Event{}, fmt.Errorf("event: %w", err)
	}
	for i := range e.Tables {
		e.Tables[i].LoadedAt = e.Tables[i].LoadedAt.UTC().Truncate(time.Microsecond)
	}
	return e, nil
}
