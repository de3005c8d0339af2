package ledger

import (
	"strings"
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// Version is the version of the records that this package reads and writes.
const Version = 1

// Arrival is one version of a table's partition. The name of an object holds all of it.
type Arrival struct {
	Table     string              `json:"table"` // "raw.medium_stories", "mart.story_days"
	Partition partition.Partition `json:"partition"`
	// when its load or publication ended, in UTC, by the warehouse's clock
	LoadedAt time.Time  `json:"loaded_at"`
	LoadID   string     `json:"load_id"`
	Digest   digest.Sum `json:"digest"`
}

// String returns text like "raw.medium_stories 2026-11-21".
func (a Arrival) String() string { return a.Table + " " + a.Partition.String() }

// Accepted reports whether the load had been refused, and a person accepted its rows.
func (a Arrival) Accepted() bool { return strings.HasSuffix(a.LoadID, event.AcceptedSuffix) }

// ArrivalRecord is the content of an arrival's object. It is for people; decisions are made from the name.
type ArrivalRecord struct {
	Version    int         `json:"version"`
	ReceivedAt time.Time   `json:"received_at"`
	Event      event.Event `json:"event"`
}

// Reset is the content of an epoch's object.
type Reset struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Model   string    `json:"model,omitempty"` // the model that runs again; empty: all models
	By      string    `json:"by"`
	Why     string    `json:"why"`
	Token   string    `json:"token"`
}

// State says what state a run is in.
type State string

// A run starts, perhaps several times as coordinators take over from one another, and ends in one of the
// other states.
const (
	Started     State = "started"
	Succeeded   State = "succeeded"
	Failed      State = "failed"       // the SQL, or the warehouse: see Reason
	AuditFailed State = "audit_failed" // see Failures; nothing was published
)

// Run is one record of a log of runs.
type Run struct {
	Version     int                 `json:"version"`
	State       State               `json:"state"`
	Model       string              `json:"model"`
	Partition   partition.Partition `json:"partition"`
	Fingerprint string              `json:"fingerprint"` // 64 hexadecimal digits, see package plan
	SQLHash     string              `json:"sql_hash"`
	Epoch       int                 `json:"epoch"` // number of resets of the partition and of its model there
	// Attempt only rises within a log. So fingerprint and attempt always identify one chain of jobs, even
	// if the inputs return to what they were.
	Attempt int `json:"attempt"`
	// Inputs holds the arrivals that the fingerprint counts, sorted by table and partition.
	Inputs []Arrival `json:"inputs"`

	// Rebuilds says that the warehouse had lost what was published before.
	Rebuilds bool `json:"rebuilds,omitempty"`

	At       time.Time `json:"at"`                 // when this was written, by the writer's clock
	Writer   string    `json:"writer"`             // the coordinator's instance
	Token    string    `json:"token"`              // of this write
	LeaseEnd time.Time `json:"lease_end,omitzero"` // of a started run: until then it is left to the writer

	// Staged is when the stage job ran. It read the versions of its inputs that were in place then.
	Staged    Window `json:"staged,omitzero"`
	Reason    string `json:"reason,omitempty"`
	Transient bool   `json:"transient,omitempty"` // of a failed run: a retry may succeed
	// Failures holds the checks that kept the result from being published; of a run that succeeded, those that failed and
	// only warn.
	Failures []Failure `json:"failures,omitempty"`
	Jobs     []Job     `json:"jobs,omitempty"`

	// Published is what the model's table holds, from this run or an earlier one of the log; nil if there
	// is nothing yet.
	Published *Published `json:"published,omitempty"`
	// OtherFailures holds, for a whole table, the failed ends of other partitions that are not older than Published: those of
	// the newest partitions, at most plan.MaxFailures, the oldest first.
	OtherFailures []End `json:"before,omitempty"`
}

// End says how a run failed.
type End struct {
	Partition   partition.Partition `json:"partition"`
	Fingerprint string              `json:"fingerprint"`
	State       State               `json:"state"`
	Staged      Window              `json:"staged,omitzero"`
	Reason      string              `json:"reason,omitempty"`
	Failures    []Failure           `json:"failures,omitempty"`
}

// End returns how r failed. It returns false if r did not fail, or may be retried.
func (r Run) End() (End, bool) {
	failed := r.State == Failed && !r.Transient || r.State == AuditFailed
	return End{r.Partition, r.Fingerprint, r.State, r.Staged, r.Reason, r.Failures}, failed
}

// Window is the time during which a job ran, by the warehouse's clock.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Failure is one check that failed in an audit.
type Failure struct {
	Check  string `json:"check"`
	Column string `json:"column,omitempty"`
	Text   string `json:"text"`
	Count  int64  `json:"count"` // of rows, or of values, that fail
}

// Job is one finished job of a run.
type Job struct {
	ID          string        `json:"id"`
	Rows        int64         `json:"rows"`
	BytesBilled int64         `json:"bytes_billed,omitempty"`
	SlotTime    time.Duration `json:"slot_time_ns,omitempty"` // of all workers together
	Duration    time.Duration `json:"duration_ns,omitempty"`
}

// Published is a published version of a model.
type Published struct {
	Partition   partition.Partition `json:"partition"`
	Fingerprint string              `json:"fingerprint"`
	Attempt     int                 `json:"attempt"`
	Digest      digest.Sum          `json:"digest"`
	Rows        int64               `json:"rows"`
	Staged      Window              `json:"staged"`
	PublishedAt time.Time           `json:"published_at"` // by the warehouse's clock
}

// Overdue is one record of the log of an overdue source's partition: what has been reported and requested
// so far. A sweep that is about to take a step first writes a claim for it, so that only one sweep takes
// it, and then writes that it is done. Once LeaseEnd has passed without that, any sweep may take the step.
// So each step is taken at least once.
type Overdue struct {
	Version   int                 `json:"version"`
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`

	Missing     []string  `json:"missing,omitempty"`     // tables missing at the last report; none: everything has arrived
	Lost        []string  `json:"lost,omitempty"`        // of those, the ones that nothing can bring back
	GaveUp      bool      `json:"gave_up,omitempty"`     // the report was that there will be no more requests
	Reasons     []string  `json:"reasons,omitempty"`     // why its loads failed, as reported: digests, the newest last
	Requests    int       `json:"requests,omitempty"`    // load requests so far
	RequestedAt time.Time `json:"requested_at,omitzero"` // when the last one was made

	Claimed  string    `json:"doing,omitempty"` // report | request: a step not counted above yet
	LeaseEnd time.Time `json:"lease_end,omitzero"`

	At     time.Time `json:"at"`
	Writer string    `json:"writer"`
	Token  string    `json:"token"`
}
