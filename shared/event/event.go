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

// The two types of event.
const (
	Loaded       Type = "loaded"
	Materialized Type = "materialized"
)

// Event says that tables of one source, or one model, now stand in the warehouse for one partition.
type Event struct {
	Version   int                 `json:"version"`
	Type      Type                `json:"type"`
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id"`
	Tables    []Table             `json:"tables"`
}

// Table is what stands in one table's partition since a load.
type Table struct {
	Table    string     `json:"table"` // dataset.table, as in "raw.medium_stories"
	Rows     int64      `json:"rows"`
	Digest   digest.Sum `json:"digest"`
	LoadedAt time.Time  `json:"loaded_at"` // UTC, microseconds
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
	if e.Type != Loaded && e.Type != Materialized {
		fault("type %.40q is neither %q nor %q", e.Type, Loaded, Materialized)
	}
	if !nameRE.MatchString(e.Source) {
		fault("source %.70q is not a lower snake case name", e.Source)
	}
	if e.Partition.IsZero() {
		fault("no partition")
	}
	if !loadIDRE.MatchString(e.LoadID) {
		fault("load_id %.70q is not letters, digits, - and _", e.LoadID)
	}
	if len(e.Tables) == 0 || len(e.Tables) > maxTables {
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
