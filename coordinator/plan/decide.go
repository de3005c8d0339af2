package plan

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
)

// Action says what to do about a target.
type Action string

// The actions.
const (
	// Nothing: there is nothing to do, or nothing can be done now; Status says which.
	Nothing Action = "nothing"
	// Wait: come back later. With status Running another coordinator is running the target. With status Ready the last
	// run must be repeated, but not before Until, or the next must be repeated as well.
	Wait Action = "wait"
	// Start: append Run, a new attempt, and carry it out.
	Start Action = "start"
	// Resume: append Run, which takes over the attempt of a coordinator that has stopped, and carry it on.
	Resume Action = "resume"
	// Fence: the attempt of a coordinator that has stopped is out of date. Make sure that it can never
	// publish, then decide again with Log.Ended set. If it has already published, resume it first, so that
	// the ledger records the publication.
	Fence Action = "fence"
	// GiveUp: append Run, which ends an attempt that has ended and is no longer needed, because its inputs
	// have returned to those of what is published.
	GiveUp Action = "give_up"
	// Announce: what is published has no arrival in the ledger; publish its event again. With an Until, come back then.
	Announce Action = "announce"
)

// Status says what state a target is in.
type Status string

// The statuses.
const (
	NotExpected Status = "not_expected" // before the pipeline's start
	Waiting     Status = "waiting"      // for the inputs in Missing; if there are none, for any input at all
	UpToDate    Status = "up_to_date"
	Gone        Status = "gone" // it was up to date, and the warehouse has lost its rows; Decide never returns this
	Running     Status = "running"
	Ready       Status = "ready"        // all inputs are present, and it must run
	Failed      Status = "failed"       // with these inputs; new inputs or a reset make it run again
	AuditFailed Status = "audit_failed" // with these inputs, as Failed
	Superseded  Status = "superseded"   // a whole table does not need it: see Supersedes
	Held        Status = "held"         // must run, but a hold is on its partition or on one that it reads
)

// Decision says what to do about one target, and why.
type Decision struct {
	Target
	Action  Action
	Status  Status
	Missing []TablePartition
	Run     ledger.Run  // to append if Action is Start, Resume or GiveUp; the caller sets time and lease
	Newest  *ledger.Run // the newest record of the target's log; nil if there is none
	End     *ledger.End // if Status is Failed or AuditFailed
	Hold    ledger.Hold // if Status is Held: its ID and Until
	Until   time.Time   // if Action is Wait: come back then at the latest
}

// Log holds what is known of a target's runs.
type Log struct {
	Newest *ledger.Run // nil if there is none
	Live   bool        // Newest is a started run, and its writer must be left alone
	Ended  bool        // Newest is a started run, but its attempt is known to have ended, for good, without publishing
}

// Decide returns what to do at time now about the target of a roll. A hold lets nothing start; the sweep
// that follows the end of the hold does that. A run that has started is carried on.
func (pl *Planner) Decide(r Roll, log Log, v *ledger.View, now time.Time) Decision {
	d := Decision{Target: r.Target, Action: Nothing, Missing: r.Missing, Newest: log.Newest}
	newest := log.Newest
	switch {
	case !pl.Expected(r.Partition):
		d.Status = NotExpected
		return d
	case Supersedes(newest, r.Target):
		d.Status, d.Missing = Superseded, nil
		return d
	case len(r.Missing) > 0, len(r.Present) == 0:
		d.Status = Waiting
		return d
	case newest == nil:
		d.Action, d.Status, d.Run = Start, Ready, start(r, nil)
		return d.unlessHeld(r, v, now)
	}
	end, failed := ownFailure(r, newest)
	same := newest.Fingerprint == r.Fingerprint && newest.Partition == r.Partition
	started := newest.State == ledger.Started
	switch {
	case started && log.Live:
		d.Action, d.Status, d.Until = Wait, Running, newest.LeaseEnd
	case started && !log.Ended && same:
		d.Action, d.Status, d.Run = Resume, Ready, *newest
	case started && !log.Ended:
		d.Action, d.Status = Fence, Ready
	case r.isPublished(newest.Published) && !r.torn(newest.Published.Staged, v):
		d.Status = UpToDate
		if started {
			d.Action, d.Run = GiveUp, givenUp(*newest)
		}
	case failed && end.Fingerprint == r.Fingerprint && !r.torn(end.Staged, v):
		d.Status, d.End = failedStatus[end.State], &end
	case now.Before(r.repeatable(newest)):
		d.Action, d.Status, d.Until = Wait, Ready, r.repeatable(newest)
	default:
		d.Action, d.Status, d.Run = Start, Ready, start(r, newest)
	}
	d = d.unlessHeld(r, v, now)
	idle := d.Action == Nothing || d.Action == Wait && d.Status == Ready
	if idle && unannounced(r.Target, newest, v) {
		d.Action = Announce
	}
	return d
}

// unlessHeld returns d, or Nothing in its place if d begins something and a hold is on what it would read
// or write.
func (d Decision) unlessHeld(r Roll, v *ledger.View, now time.Time) Decision {
	if hold, held := r.held(v, now); held && (d.Action == Start || d.Action == Fence) {
		d.Action, d.Status, d.Hold, d.Run = Nothing, Held, hold, ledger.Run{}
	}
	return d
}

var failedStatus = map[ledger.State]Status{ledger.Failed: Failed, ledger.AuditFailed: AuditFailed}

// ownFailure returns how the newest run of the target's own partition failed, if it did. In the log of a
// whole table, other partitions may have run since.
func ownFailure(r Roll, newest *ledger.Run) (ledger.End, bool) {
	if newest.Partition == r.Partition {
		return newest.End()
	}
	i := slices.IndexFunc(newest.OtherFailures, func(e ledger.End) bool { return e.Partition == r.Partition })
	if i < 0 {
		return ledger.End{}, false
	}
	return newest.OtherFailures[i], true
}

// isPublished reports whether the target's table holds what a run on the roll would publish.
func (r Roll) isPublished(p *ledger.Published) bool {
	return p != nil && p.Partition == r.Partition && p.Fingerprint == r.Fingerprint
}

// Supersedes reports whether the newest run of a whole table's log shows that a target need not run: the table holds a
// later partition, which an older one never replaces, or MaxFailures later partitions have failed. If it supersedes a
// target, it supersedes all older ones too, so they need no roll call.
func Supersedes(newest *ledger.Run, t Target) bool {
	if newest == nil || t.Model.Materialized != manifest.Table {
		return false
	}
	if p := newest.Published; p != nil && t.Partition.Compare(p.Partition) < 0 {
		return true
	}
	list := failures(t.Model, newest)
	return len(list) >= MaxFailures && t.Partition.Compare(list[len(list)-MaxFailures].Partition) < 0
}

// unannounced reports whether what is published in the target's table has no arrival in the ledger.
func unannounced(t Target, newest *ledger.Run, v *ledger.View) bool {
	p := newest.Published
	return p != nil && p.Partition == t.Partition &&
		!slices.ContainsFunc(v.Arrivals(t.Model.TableName(), t.Partition), func(a ledger.Arrival) bool {
			return a.Digest == p.Digest && a.LoadedAt.Equal(p.PublishedAt)
		})
}

// start returns the first record of a new attempt, which follows the newest record of the log.
func start(r Roll, newest *ledger.Run) ledger.Run {
	run := ledger.Run{
		State: ledger.Started, Model: r.Model.Name, Partition: r.Partition, Fingerprint: r.Fingerprint,
		SQLHash: r.Model.SQLHash, Epoch: r.Epoch, Attempt: 1, Inputs: r.Present,
	}
	if newest != nil {
		run.Attempt, run.Published, run.OtherFailures = newest.Attempt+1, newest.Published, otherFailures(r, newest)
	}
	return run
}

// givenUp returns the record that ends an attempt which is no longer needed. It counts as a failure that
// may be tried again.
func givenUp(run ledger.Run) ledger.Run {
	run.State, run.Transient, run.LeaseEnd = ledger.Failed, true, time.Time{}
	run.Reason = "given up: the inputs have returned to those of what is published"
	return run
}

// MaxFailures bounds the failed partitions that a run of a whole table records. When the newest partition fails, the one
// before it has its turn, and so on; when so many have failed, none before them has.
const MaxFailures = 31

// failures returns the failed ends of a whole table's partitions that can be of use, the oldest partition first: those of
// the model's SQL, not older than what the table holds. A failure of other SQL says nothing, as all partitions run again.
func failures(m *manifest.Model, newest *ledger.Run) []ledger.End {
	if newest.SQLHash != m.SQLHash {
		return nil
	}
	list := slices.Clone(newest.OtherFailures)
	if end, failed := newest.End(); failed {
		list = append(list, end)
	}
	list = slices.DeleteFunc(list, func(e ledger.End) bool {
		return newest.Published != nil && e.Partition.Compare(newest.Published.Partition) < 0
	})
	slices.SortFunc(list, func(a, b ledger.End) int { return a.Partition.Compare(b.Partition) })
	return list
}

// otherFailures returns the failed ends of a whole table's other partitions, for the next run of the log to
// record, so that they are not tried again with the same inputs.
func otherFailures(r Roll, newest *ledger.Run) []ledger.End {
	if r.Model.Materialized != manifest.Table {
		return nil
	}
	list := slices.DeleteFunc(failures(r.Model, newest), func(e ledger.End) bool { return e.Partition == r.Partition })
	return list[max(0, len(list)-MaxFailures):]
}
