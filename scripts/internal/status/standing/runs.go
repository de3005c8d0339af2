package standing

import (
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/manifest"
)

// Run is one attempt of a model's partition, from its start to its end.
type Run struct {
	Attempt     int              `json:"attempt"`
	State       term.State       `json:"state"` // running, succeeded, failed, audit_failed or given_up
	Started     time.Time        `json:"started"`
	Ended       time.Time        `json:"ended,omitzero"`
	Because     []Cause          `json:"because"`
	Fingerprint string           `json:"fingerprint"`
	SQLHash     string           `json:"sql_hash"`
	Epoch       int              `json:"epoch"`
	Inputs      []ledger.Arrival `json:"inputs"`
	Jobs        []ledger.Job     `json:"jobs,omitempty"`
	BytesBilled int64            `json:"bytes_billed"`
	SlotTime    time.Duration    `json:"slot_time_ns"`
	Reason      string           `json:"reason,omitempty"` // of a failure
	// Checks is how many checks its audit had; 0 when the model's SQL has changed since, so that nobody knows.
	Checks   int              `json:"checks,omitempty"`
	Failures []ledger.Failure `json:"failures,omitempty"`
	// Rows and Digest are of what it published. Same says that the rows were those that stood before.
	Rows   *int64      `json:"rows,omitempty"`
	Digest *digest.Sum `json:"digest,omitempty"`
	Same   bool        `json:"unchanged,omitempty"`

	stood *ledger.Published // before it
}

// How a run has ended, besides Failed and AuditFailed.
const (
	Succeeded term.State = "succeeded"
	GivenUp   term.State = "given_up" // it was broken off, and another followed on other inputs
)

var runStates = map[ledger.State]term.State{
	ledger.Started: Running, ledger.Succeeded: Succeeded, ledger.Failed: Failed, ledger.AuditFailed: AuditFailed,
}

// runs are the attempts that the records of a model's partition tell of, oldest first.
func (r *Reading) runs(m *manifest.Model, want plan.TablePartition) []Run {
	list := []Run{}
	var before *ledger.Run // the newest record of the attempt before
	var last *ledger.Run
	for i := range r.Runs[want] {
		record := r.Runs[want][i]
		if last == nil || record.Attempt != last.Attempt {
			before = last
			if n := len(list); n > 0 && list[n-1].State == Running {
				list[n-1].State = GivenUp
			}
			list = append(list, Run{
				Attempt: record.Attempt, Started: record.At, Because: r.because(want, record, before), Fingerprint: record.Fingerprint,
				SQLHash: record.SQLHash, Epoch: record.Epoch, Inputs: record.Inputs,
			})
		}
		list[len(list)-1].take(record, m)
		last = &record
	}
	if r.Cut[want] {
		list = list[1:] // nobody has read what the run before it was
	}
	return list
}

// take adds what a further record of the same attempt tells.
func (run *Run) take(record ledger.Run, m *manifest.Model) {
	run.State = runStates[record.State]
	if record.State == ledger.Started {
		run.stood = record.Published
		return
	}
	run.Ended, run.Jobs, run.Reason, run.Failures = record.At, record.Jobs, record.Reason, record.Failures
	for _, job := range record.Jobs {
		run.BytesBilled += job.BytesBilled
		run.SlotTime += job.SlotTime
	}
	if record.SQLHash == m.SQLHash {
		run.Checks = len(m.Checks)
	}
	if s := record.Published; record.State == ledger.Succeeded && s != nil {
		run.Rows, run.Digest = &s.Rows, &s.Digest
		run.Same = run.stood != nil && run.stood.Partition == s.Partition && run.stood.Digest == s.Digest
	}
}
