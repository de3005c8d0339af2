package explain

import (
	"fmt"
	"strings"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/plan"
	"example.com/rollcall/shared/digest"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Run is one attempt to make a model's partition, from its start to its end.
type Run struct {
	Attempt     int              `json:"attempt"`
	State       State            `json:"state"` // Running, Succeeded, Failed, AuditFailed or GivenUp
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
	// of its audit; 0 when unknown, because the model has changed since
	Checks   int              `json:"checks,omitempty"`
	Failures []ledger.Failure `json:"failures,omitempty"` // of a run that succeeded: checks that only warn
	Rows     *int64           `json:"rows,omitempty"`     // that it published
	Digest   *digest.Sum      `json:"digest,omitempty"`
	Same     bool             `json:"unchanged,omitempty"` // it published the rows that were there before

	published *ledger.Published // before it
}

// The states of a run that a model cannot have.
const (
	Succeeded State = "succeeded"
	GivenUp   State = "given_up" // it was interrupted, and the next run had other inputs
)

var runStates = map[ledger.State]State{
	ledger.Started: Running, ledger.Succeeded: Succeeded, ledger.Failed: Failed, ledger.AuditFailed: AuditFailed,
}

// runs returns the attempts that the records of a model's partition describe, oldest first.
func (f *Facts) runs(m *manifest.Model, about plan.TablePartition) []Run {
	list := []Run{}
	var before, last *ledger.Run // before: the newest record of the previous attempt
	for i := range f.Runs[about] {
		record := f.Runs[about][i]
		if last == nil || record.Attempt != last.Attempt {
			before = last
			if n := len(list); n > 0 && list[n-1].State == Running {
				list[n-1].State = GivenUp
			}
			list = append(list, Run{
				Attempt: record.Attempt, Started: record.At, Because: f.because(about, record, before),
				Fingerprint: record.Fingerprint, SQLHash: record.SQLHash, Epoch: record.Epoch, Inputs: record.Inputs,
			})
		}
		list[len(list)-1].add(record, m)
		last = &record
	}
	if f.Truncated[about] {
		list = list[1:] // the run before it was not read, so its causes are unknown
	}
	return list
}

// add adds what a further record of the same attempt says.
func (run *Run) add(record ledger.Run, m *manifest.Model) {
	run.State = runStates[record.State]
	if record.State == ledger.Started {
		run.published = record.Published
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
	if p := record.Published; record.State == ledger.Succeeded && p != nil {
		run.Rows, run.Digest = &p.Rows, &p.Digest
		run.Same = run.published != nil && run.published.Partition == p.Partition && run.published.Digest == p.Digest
	}
}

// Cause is one reason why a run was started.
type Cause struct {
	Kind CauseKind `json:"kind"`
	*plan.TablePartition
	Through partition.Partition `json:"through,omitzero"` // the last of several neighbouring partitions
	At      time.Time           `json:"at,omitzero"`      // of several: the newest
	By      string              `json:"by,omitempty"`     // who requested a reset
	Note    string              `json:"why,omitempty"`    // why it was requested, or what became of the run before
}

// CauseKind says what kind of cause it is.
type CauseKind string

// The kinds of causes.
const (
	First    CauseKind = "first"    // it had never run, and its last input arrived
	Restated CauseKind = "restated" // an input's rows changed
	Appeared CauseKind = "appeared" // an input arrived that the run before did not have
	Unread   CauseKind = "gone"     // an input is no longer read, as when latest finds a newer one
	SQL      CauseKind = "sql"      // the model's SQL changed
	Reset    CauseKind = "reset"    // a person or a command requested it
	Retry    CauseKind = "retry"    // the run before failed, or its result could not be trusted, or was gone
)

// because compares the inputs of a run with those of the run before it.
func (f *Facts) because(about plan.TablePartition, run ledger.Run, before *ledger.Run) (list []Cause) {
	if before == nil {
		var last *ledger.Arrival
		for i := range run.Inputs {
			if a := &run.Inputs[i]; last == nil || a.LoadedAt.After(last.LoadedAt) {
				last = a
			}
		}
		if last == nil {
			return []Cause{{Kind: First}}
		}
		return []Cause{{Kind: First, TablePartition: of(*last), At: last.LoadedAt}}
	}
	if run.SQLHash != before.SQLHash {
		list = append(list, Cause{Kind: SQL})
	}
	resets := f.Resets[about]
	for n := min(before.Epoch, len(resets)); n < min(run.Epoch, len(resets)); n++ {
		list = append(list, Cause{Kind: Reset, At: resets[n].At, By: resets[n].By, Note: resets[n].Why})
	}
	if run.Epoch > max(before.Epoch, len(resets)) {
		list = append(list, Cause{Kind: Reset}) // the reset itself was not read
	}
	list = append(list, joinCauses(changes(before.Inputs, run.Inputs))...)
	switch {
	case run.Rebuilds:
		return append(list, Cause{Kind: Retry, Note: "the rows of the run before were gone"})
	case len(list) > 0:
		return list
	}
	note := "an input was restated and restored while the run before read it"
	if before.State != ledger.Succeeded {
		note = "the run before did not publish"
		if before.Reason != "" {
			note += ": " + before.Reason
		}
	}
	return []Cause{{Kind: Retry, Note: note}}
}

// changes returns the inputs that differ between two runs. Both lists are sorted by table and partition.
func changes(before, now []ledger.Arrival) (list []Cause) {
	was := map[plan.TablePartition]ledger.Arrival{}
	for _, a := range before {
		was[*of(a)] = a
	}
	for _, a := range now {
		input := of(a)
		old, had := was[*input]
		delete(was, *input)
		switch {
		case !had:
			list = append(list, Cause{Kind: Appeared, TablePartition: input, At: a.LoadedAt})
		case old.Digest != a.Digest:
			list = append(list, Cause{Kind: Restated, TablePartition: input, At: a.LoadedAt})
		}
	}
	for _, a := range before {
		if _, gone := was[*of(a)]; gone {
			list = append(list, Cause{Kind: Unread, TablePartition: of(a)})
		}
	}
	return list
}

// joinCauses makes one cause of neighbouring partitions of a table that changed alike.
func joinCauses(changes []Cause) (list []Cause) {
	at := func(c Cause) partition.Partition { return c.Partition }
	alike := func(a, b Cause) bool { return a.Kind == b.Kind && a.Table == b.Table }
	for _, group := range partition.Join(changes, at, alike) {
		c := group[0]
		if last := group[len(group)-1].Partition; last != c.Partition {
			c.Through = last
		}
		for _, other := range group {
			if other.At.After(c.At) {
				c.At = other.At
			}
		}
		list = append(list, c)
	}
	return list
}

// of returns the table partition of an arrival.
func of(a ledger.Arrival) *plan.TablePartition {
	return &plan.TablePartition{Table: a.Table, Partition: a.Partition}
}

// Text returns the cause in words: "raw.kit_subscribers 2026-11-21 was restated on 22 Nov 07:36".
func (c Cause) Text(clock func(time.Time) string) string {
	switch c.Kind {
	case First:
		if c.TablePartition == nil {
			return "it had never run"
		}
		return fmt.Sprintf("all its inputs had arrived, the last of them %s on %s", c.TablePartition, clock(c.At))
	case Restated, Appeared, Unread:
		return c.change(clock)
	case SQL:
		return "its SQL was changed"
	case Reset:
		if c.By == "" {
			return "it was reset"
		}
		text := fmt.Sprintf("%s requested it on %s", c.By, clock(c.At))
		if c.Note != "" {
			text += ", " + c.Note
		}
		return text
	}
	return c.Note
}

// change says how an input, or several neighbouring partitions of it, changed.
func (c Cause) change(clock func(time.Time) string) string {
	what, was, is, on := c.TablePartition.String(), "was", "is", " on "+clock(c.At)
	if !c.Through.IsZero() {
		what, was, is, on = what+" to "+c.Through.String(), "were", "are", ", the last on "+clock(c.At)
	}
	switch {
	case c.Kind == Unread:
		return fmt.Sprintf("%s %s no longer read", what, is)
	case c.Kind == Appeared:
		return what + " arrived" + on
	case strings.HasPrefix(c.Table, "mart."):
		return fmt.Sprintf("%s %s published again%s, with other rows", what, was, on)
	}
	return fmt.Sprintf("%s %s restated%s", what, was, on)
}
