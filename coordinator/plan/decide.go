package plan

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/manifest"
)

// Action is what is to be done about a target.
type Action string

// The actions.
const (
	// Nothing: it is as it should be, or cannot be helped now; Status says which.
	Nothing Action = "nothing"
	// Wait: another coordinator is at it; come back later.
	Wait Action = "wait"
	// Start: append Run, a fresh attempt, and carry it out.
	Start Action = "start"
	// Resume: append Run, which takes over the attempt of a coordinator that went away, and carry it on.
	Resume Action = "resume"
	// Fence: the attempt of a coordinator that went away is of no use any more. Make sure that it can never publish; then
	// decide again with that attempt over. If it has published already, resume it first, so that the ledger knows.
	Fence Action = "fence"
	// GiveUp: append Run, the end of an attempt that is over and not needed any more: its inputs have returned to those of
	// what stands.
	GiveUp Action = "give_up"
	// Announce: what stands in the model's table has not arrived in the ledger; publish its event again.
	Announce Action = "announce"
)

// Status is how a target stands, for people.
type Status string

// The statuses.
const (
	NotExpected Status = "not_expected" // before the pipeline's start
	Waiting     Status = "waiting"      // for the inputs in Missing; or, when it has to wait for none, for any to be there
	UpToDate    Status = "up_to_date"
	Running     Status = "running"
	Ready       Status = "ready"        // all inputs are there; it has to run
	Failed      Status = "failed"       // with these inputs; new ones, or a reset, will make it run again
	AuditFailed Status = "audit_failed" // the same
	Superseded  Status = "superseded"   // the whole table holds a later partition
	Held        Status = "held"         // it has to run, and waits for the end of a hold on its partition or on one that it reads
)

// Decision is what the planner makes of one target.
type Decision struct {
	Target
	Action  Action
	Status  Status
	Missing []TablePartition
	Run     ledger.Run  // to append, with time and lease yet to be set, when Action is Start, Resume or GiveUp
	Newest  *ledger.Run // the newest record of the target's log, nil when there is none
	End     *ledger.End // when Status is Failed or AuditFailed
	Hold    ledger.Hold // when Status is Held: its id and its end
}

// Log is what the ledger holds on a target's runs.
type Log struct {
	Newest *ledger.Run // nil when there is none
	Live   bool        // Newest is a started run whose writer is to be left alone
	Ended  bool        // Newest is a started run whose attempt is known to have ended without publishing, for good
}

// Decide is what is to be done at time now about the target of a roll. What is held starts nothing, and is left to the sweep
// that follows the hold's end; a run that has been started is carried on.
func (pl *Planner) Decide(r Roll, log Log, v *ledger.View, now time.Time) Decision {
	d := Decision{Target: r.Target, Action: Nothing, Missing: r.Missing, Newest: log.Newest}
	newest := log.Newest
	switch {
	case !pl.Expected(r.Partition):
		d.Status = NotExpected
		return d
	case len(r.Missing) > 0, len(r.Present) == 0:
		d.Status = Waiting
		return d
	case newest == nil:
		d.Action, d.Status, d.Run = Start, Ready, start(r, nil)
		return d.unlessHeld(r, v, now)
	case superseded(r.Target, newest):
		d.Status = Superseded
		return d
	}
	fingerprint := r.Fingerprint()
	end, failed := ending(r, newest)
	same := newest.Fingerprint == fingerprint && newest.Partition == r.Partition
	started := newest.State == ledger.Started
	switch {
	case started && log.Live:
		d.Action, d.Status = Wait, Running
	case started && !log.Ended && same:
		d.Action, d.Status, d.Run = Resume, Ready, *newest
	case started && !log.Ended:
		d.Action, d.Status = Fence, Ready
	case stands(r, newest.Published, fingerprint) && !r.torn(newest.Published.Staged, v):
		d.Status = UpToDate
		if started {
			d.Action, d.Run = GiveUp, givenUp(*newest)
		}
	case failed && end.Fingerprint == fingerprint && !r.torn(end.Staged, v):
		d.Status, d.End = failures[end.State], &end
	default:
		d.Action, d.Status, d.Run = Start, Ready, start(r, newest)
	}
	d = d.unlessHeld(r, v, now)
	if d.Action == Nothing && unannounced(r.Target, newest, v) {
		d.Action = Announce
	}
	return d
}

// unlessHeld is d, or to do nothing when d begins something and a hold is on what it would read or make.
func (d Decision) unlessHeld(r Roll, v *ledger.View, now time.Time) Decision {
	if hold, held := r.held(v, now); held && (d.Action == Start || d.Action == Fence) {
		d.Action, d.Status, d.Hold, d.Run = Nothing, Held, hold, ledger.Run{}
	}
	return d
}

var failures = map[ledger.State]Status{ledger.Failed: Failed, ledger.AuditFailed: AuditFailed}

// ending is how the target's own newest run failed, if it did: in a log of a whole table, others may have run since.
func ending(r Roll, newest *ledger.Run) (ledger.End, bool) {
	if newest.Partition == r.Partition {
		return newest.End()
	}
	for _, end := range slices.Backward(newest.OtherFailures) {
		if end.Partition == r.Partition {
			return end, true
		}
	}
	return ledger.End{}, false
}

// stands reports whether what the target's table holds was made from the fingerprint.
func stands(r Roll, s *ledger.Published, fingerprint string) bool {
	return s != nil && s.Partition == r.Partition && s.Fingerprint == fingerprint
}

// superseded: of a whole table, an older partition never replaces a newer one.
func superseded(t Target, newest *ledger.Run) bool {
	return t.Model.Materialized == manifest.Table && newest.Published != nil &&
		t.Partition.Compare(newest.Published.Partition) < 0
}

// unannounced reports whether what stands in the target's table has not arrived in the ledger.
func unannounced(t Target, newest *ledger.Run, v *ledger.View) bool {
	s := newest.Published
	if s == nil || s.Partition != t.Partition {
		return false
	}
	for _, a := range v.Arrivals(t.Model.TableName(), t.Partition) {
		if a.Digest == s.Digest && a.LoadedAt.Equal(s.PublishedAt) {
			return false
		}
	}
	return true
}

// start is the first record of a fresh attempt, the next after those of the log.
func start(r Roll, newest *ledger.Run) ledger.Run {
	run := ledger.Run{
		State: ledger.Started, Model: r.Model.Name, Partition: r.Partition, Fingerprint: r.Fingerprint(),
		SQLHash: r.Model.SQLHash, Epoch: r.Epoch, Attempt: 1, Inputs: r.Present,
	}
	if newest != nil {
		run.Attempt, run.Published, run.OtherFailures = newest.Attempt+1, newest.Published, before(r, newest)
	}
	return run
}

// givenUp is the end of an attempt that is not needed any more. It failed, as far as anybody will ask; the same inputs may
// be tried again.
func givenUp(run ledger.Run) ledger.Run {
	run.State, run.Transient, run.LeaseEnd = ledger.Failed, true, time.Time{}
	run.Reason = "given up: the inputs have returned to those of what stands"
	return run
}

// remembered bounds how many failed partitions of a whole table are remembered.
const remembered = 31

// before are the failed ends of other partitions of a whole table that a new run of the log has to remember, so that they
// are not tried again with the same inputs.
func before(r Roll, newest *ledger.Run) []ledger.End {
	if r.Model.Materialized != manifest.Table {
		return nil
	}
	list := slices.Clone(newest.OtherFailures)
	if end, failed := newest.End(); failed {
		list = append(list, end)
	}
	list = slices.DeleteFunc(list, func(e ledger.End) bool {
		return e.Partition == r.Partition || newest.Published != nil && e.Partition.Compare(newest.Published.Partition) < 0
	})
	return list[max(0, len(list)-remembered):]
}
