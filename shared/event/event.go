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

// Version is the version of the contract. This package writes and reads no other.
const Version = 1

// Type is the type of an event.
type Type string

// The types of events. The package comment describes them.
const (
	Loaded       Type = "loaded"
	Materialized Type = "materialized"
	Overdue      Type = "overdue"
)

// Event announces that tables of a source or of a model have been replaced for one partition or, with type
// overdue, that tables of a source are late.
type Event struct {
	Version   int                 `json:"version"`
	Type      Type                `json:"type"`
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id,omitempty"` // empty if overdue
	Tables    []Table             `json:"tables,omitempty"`  // empty if overdue
	Accepted  *Acceptance         `json:"accepted,omitempty"`
	Late      *Late               `json:"late,omitempty"` // only if overdue
}

// AcceptedSuffix ends the load id of an event with Accepted.
const AcceptedSuffix = "-accepted"

// Acceptance says that a load had been refused, and who loaded its rows all the same.
type Acceptance struct {
	By      string    `json:"by"`               // who accepted the rows
	Reason  string    `json:"reason,omitempty"` // why
	At      time.Time `json:"at"`
	LoadID  string    `json:"load_id"`           // of the load that was refused
	Refused []string  `json:"refused,omitempty"` // why it was refused, in words
}

// Table describes the rows of one table's partition after a load.
type Table struct {
	Table    string     `json:"table"` // dataset.table, as in "raw.medium_stories"
	Rows     int64      `json:"rows"`
	Carried  int64      `json:"carried,omitempty"` // rows of an earlier load that the source no longer sends
	Digest   digest.Sum `json:"digest"`
	LoadedAt time.Time  `json:"loaded_at"` // UTC, microseconds
}

// Late describes a source's partition that did not arrive in time.
type Late struct {
	Due      time.Time `json:"due"`                // when it should have arrived
	Missing  []string  `json:"missing,omitempty"`  // tables that have not; empty: the last of them has arrived now
	Lost     []string  `json:"lost,omitempty"`     // those of Missing that cannot be loaded any more
	Requests int       `json:"requests,omitempty"` // how often the load has been requested again
	Blocks   []string  `json:"blocks,omitempty"`   // models and partitions that wait, as in "revenue 2026-10"
	// Failure says why its newest load failed; nil: that is unknown, or everything has arrived.
	Failure *LoadFailure `json:"failure,omitempty"`
	Hint    string       `json:"hint,omitempty"`    // what a person can do
	Command string       `json:"command,omitempty"` // the command that does it
}

// LoadFailure says why a load failed.
type LoadFailure struct {
	LoadID     string    `json:"load_id"`
	At         time.Time `json:"at"`
	Code       string    `json:"code"`                 // what kind of failure: "volume" or "account" of a refusal, or "failed"
	Reason     string    `json:"reason"`               // in words
	Hint       string    `json:"hint,omitempty"`       // what the source says that a person can do
	Attempt    int       `json:"attempt"`              // how many loads of the partition have failed since one succeeded
	Acceptable bool      `json:"acceptable,omitempty"` // its rows are staged and were refused, and a person can accept them
}

var (
	nameRE   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	tableRE  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$`)
	loadIDRE = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`)
)

// maxTables bounds the tables of an event.
const maxTables = 100

// Validate returns all violations of the contract, joined.
func (e Event) Validate() error {
	var errs []error
	report := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if e.Version != Version {
		report("version %d is not %d, the only supported version", e.Version, Version)
	}
	switch {
	case e.Type != Loaded && e.Type != Materialized && e.Type != Overdue:
		report("type %.40q is not %q, %q or %q", e.Type, Loaded, Materialized, Overdue)
	case e.Type == Overdue && (e.Late == nil || e.Late.Due.IsZero()):
		report("an overdue event must say since when: late.due is missing")
	case e.Type == Overdue && (e.LoadID != "" || len(e.Tables) > 0):
		report("an overdue event has no load_id and no tables")
	case e.Type != Overdue && e.Late != nil:
		report("only an overdue event may have late")
	case e.Type != Loaded && e.Accepted != nil:
		report("only a loaded event may have accepted")
	}
	if !nameRE.MatchString(e.Source) {
		report("source %.70q must be in lower snake case", e.Source)
	}
	switch {
	case e.Partition.IsZero():
		report("no partition")
	case !e.Partition.InRange():
		report("partition %s: %w", e.Partition, partition.ErrRange)
	}
	if e.Late != nil && !validTime(e.Late.Due) {
		report("late.due is in the year %d", e.Late.Due.UTC().Year())
	}
	if e.Accepted != nil && !validTime(e.Accepted.At) {
		report("accepted.at is in the year %d", e.Accepted.At.UTC().Year())
	}
	if e.Type != Overdue && !loadIDRE.MatchString(e.LoadID) {
		report("load_id %.70q must be letters, digits, - and _", e.LoadID)
	}
	if e.Type != Overdue && (len(e.Tables) == 0 || len(e.Tables) > maxTables) {
		report("%d tables, not 1 to %d", len(e.Tables), maxTables)
	}
	seen := map[string]bool{}
	for _, t := range e.Tables {
		if !tableRE.MatchString(t.Table) {
			report("table %.140q is not dataset.table", t.Table)
		}
		if seen[t.Table] {
			report("table %s is listed twice", t.Table)
		}
		seen[t.Table] = true
		if t.Rows < 0 {
			report("table %s: %d rows", t.Table, t.Rows)
		}
		switch {
		case t.LoadedAt.IsZero():
			report("table %s: no loaded_at", t.Table)
		case !validTime(t.LoadedAt):
			report("table %s: loaded_at is in the year %d", t.Table, t.LoadedAt.UTC().Year())
		}
	}
	return errors.Join(errs...)
}

// validTime reports whether an instant lies in the years of partitions. In UTC others may not even be encoded again.
func validTime(t time.Time) bool { return partition.Day(t).InRange() }

// Attributes returns the message attributes, which repeat fields of e.
func (e Event) Attributes() map[string]string {
	return map[string]string{"source": e.Source, "partition": e.Partition.String(), "type": string(e.Type)}
}

// Encode returns the message data of e. It refuses an event that Decode would refuse.
func (e Event) Encode() ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, fmt.Errorf("event of %s for %s: %w", e.Source, e.Partition, err)
	}
	return json.Marshal(e)
}

// Decode reads and validates message data. It ignores unknown fields, so a publisher may be newer than its
// reader. Do not retry after an error: the same bytes always fail.
func Decode(data []byte) (Event, error) {
	var e Event
	dec := json.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&e); err != nil {
		return Event{}, fmt.Errorf("event is not the JSON of an event: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Event{}, errors.New("event has data after its JSON object")
	}
	if err := e.Validate(); err != nil {
		return Event{}, fmt.Errorf("event: %w", err)
	}
	for i := range e.Tables {
		e.Tables[i].LoadedAt = e.Tables[i].LoadedAt.UTC().Truncate(time.Microsecond)
	}
	return e, nil
}
