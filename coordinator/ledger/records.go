package ledger

import (
	"time"

	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
)

// Version is the version of the records that this package writes.
const Version = 1

// Arrival is one version of a table's partition: what the name of an arrival's object tells.
type Arrival struct {
	Table     string              `json:"table"` // "raw.medium_stories", "mart.story_days"
	Partition partition.Partition `json:"partition"`
	LoadedAt  time.Time           `json:"loaded_at"` // when its load or publication ended, UTC, by the warehouse's clock
	LoadID    string              `json:"load_id"`
	Digest    digest.Sum          `json:"digest"`
}

// ArrivalRecord is the content of an arrival's object, for people: decisions are made from its name.
type ArrivalRecord struct {
	Version    int         `json:"version"`
	ReceivedAt time.Time   `json:"received_at"`
	Event      event.Event `json:"event"`
}

// Reset is the content of an epoch's object.
type Reset struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Model   string    `json:"model,omitempty"` // the one that is to run anew; empty: all
	By      string    `json:"by"`
	Why     string    `json:"why"`
	Token   string    `json:"token"`
}

// State is what a record says of a run.
type State string

// A run is started, perhaps several times as coordinators take over from one another, and ends in one of the others.
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
	Epoch       int                 `json:"epoch"` // resets of the partition and of its model by itself, together
	// Attempt only ever rises within a log, so that fingerprint and attempt name one chain of jobs for good, even when
	// the inputs return to what they were.
	Attempt int `json:"attempt"`
	// Inputs are the arrivals counted in the fingerprint, sorted by table and partition.
	Inputs []Arrival `json:"inputs"`

	At       time.Time `json:"at"`                 // when this was written, by the writer's clock
	Writer   string    `json:"writer"`             // the coordinator's instance
	Token    string    `json:"token"`              // of this one write
	LeaseEnd time.Time `json:"lease_end,omitzero"` // of a started run: until then others leave it to the writer

	// Staged is when the stage job ran: it read whichever versions of its inputs stood then.
	Staged    Window    `json:"staged,omitzero"`
	Reason    string    `json:"reason,omitempty"`
	Transient bool      `json:"transient,omitempty"` // of a failed run: the same again may succeed
	Failures  []Failure `json:"failures,omitempty"`
	Jobs      []Job     `json:"jobs,omitempty"`

	// Published is what the model's table holds, since this run or an earlier one of the log; nil when nothing yet.
	Published *Published `json:"published,omitempty"`
	// OtherFailures are, of a whole table, the failed ends of other partitions than this, later than what stands; oldest first.
	OtherFailures []End `json:"before,omitempty"`
}

// End is how a run failed.
type End struct {
	Partition   partition.Partition `json:"partition"`
	Fingerprint string              `json:"fingerprint"`
	State       State               `json:"state"`
	Staged      Window              `json:"staged,omitzero"`
	Reason      string              `json:"reason,omitempty"`
	Failures    []Failure           `json:"failures,omitempty"`
}

// End is how r failed; false when it did not, or may be tried again.
func (r Run) End() (End, bool) {
	failed := r.State == Failed && !r.Transient || r.State == AuditFailed
	return End{r.Partition, r.Fingerprint, r.State, r.Staged, r.Reason, r.Failures}, failed
}

// Window is the time in which a job ran, by the warehouse's clock.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// Failure is one check of an audit that did not hold.
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
