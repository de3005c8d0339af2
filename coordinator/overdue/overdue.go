// Package overdue decides what to do about a source's partition that is due: nothing, report it, or request
// its load again. It is pure, like package plan: the caller supplies everything that it needs, including
// the time.
//
// pipeline.yaml states which partitions a source owes, and when each is due on the clock of the pipeline's
// time zone. A partition that has not arrived by then is reported. It is reported again only if something
// about it changes: fewer or more tables are missing, one of them is lost for good, its load failed for a new
// reason, the load requests have brought nothing, or everything has arrived. Meanwhile its load is requested
// again, a few times at growing intervals. A passing fault has passed by then, and any other needs a person.
// That holds for a load that was refused as well: a service that sent half of its list may send all of it an
// hour later.
//
// A load can be requested for any partition of a window table, but for a snapshot, which only knows the
// present, only for the newest complete partition and for those that were staged but not loaded. What was staged
// and refused is loaded if a person accepts it. A person loads a source that has no schedule.
package overdue

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/stage"
)

// Step says what to do about a case.
type Step string

// The steps. The ledger records the claim of a step under this name.
const (
	Nothing Step = ""
	Report  Step = "report"
	Request Step = "request"
)

// delays holds how long after the previous request each request is made; the last is how long the last
// request is given.
var delays = []time.Duration{0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}

// MaxRequests is how often the load of one partition is requested.
var MaxRequests = len(delays) - 1

// Due returns the partitions since a day that a source owes and that are due at now, oldest first. A
// partition that has not ended in UTC is never due, whatever the time zone says.
func Due(p *pipeline.Pipeline, s *pipeline.Source, since partition.Partition,
	now time.Time) (list []partition.Partition) {
	for q := range partition.Range(partition.Of(s.Cadence, since.Start()), partition.NewestComplete(s.Cadence, now)) {
		if p.Owes(s, q) && !now.Before(s.DueAt(q, p.Location())) {
			list = append(list, q)
		}
	}
	return list
}

// Case holds what is known of a source's partition that is due.
type Case struct {
	Source    *pipeline.Source
	Partition partition.Partition
	Due       time.Time
	Missing   []string        // tables that have not arrived, by full name and in order
	Staged    []string        // tables whose past snapshots can be loaded, because they are staged
	Failure   *stage.Failure  // why its newest load failed; nil if that is unknown
	Newest    *ledger.Overdue // the newest record of its log; nil if there is none
}

// maxReasons bounds the reasons that are reported for one partition.
const maxReasons = 20

// Next returns the step to take at now, and the record to append once it is taken. It returns Nothing while
// another sweep holds the claim for a step.
func (c Case) Next(now time.Time) (Step, ledger.Overdue) {
	record := ledger.Overdue{Source: c.Source.Name, Partition: c.Partition}
	if c.Newest != nil {
		if record = *c.Newest; record.Claimed != "" && now.Before(record.LeaseEnd) {
			return Nothing, record
		}
		record.Claimed, record.LeaseEnd = "", time.Time{}
	}
	lost := c.Lost(now)
	gaveUp := c.requestable(now) && record.Requests >= MaxRequests &&
		!now.Before(record.RequestedAt.Add(delays[MaxRequests]))
	newReason := c.NewReason(record)
	if !slices.Equal(c.Missing, record.Missing) || !slices.Equal(lost, record.Lost) || gaveUp != record.GaveUp || newReason {
		record.Missing, record.Lost, record.GaveUp = c.Missing, lost, gaveUp
		if newReason {
			record.Reasons = append(slices.Clip(record.Reasons), c.reason())
		}
		return Report, record
	}
	if c.requestable(now) && record.Requests < MaxRequests &&
		!now.Before(record.RequestedAt.Add(delays[record.Requests])) {
		record.Requests, record.RequestedAt = record.Requests+1, now.UTC()
		return Request, record
	}
	return Nothing, record
}

// NewReason reports whether the newest load failed for a reason that was not reported yet.
func (c Case) NewReason(record ledger.Overdue) bool {
	return c.Failure != nil && len(c.Missing) > 0 && len(record.Reasons) < maxReasons &&
		!slices.Contains(record.Reasons, c.reason())
}

// reason returns a short digest of why the newest load failed.
func (c Case) reason() string {
	sum := sha256.Sum256([]byte(c.Failure.Code + "\n" + c.Failure.Reason))
	return hex.EncodeToString(sum[:8])
}

// Lost returns the missing tables that nothing can bring back: snapshots of a past partition that were
// never staged.
func (c Case) Lost(now time.Time) (lost []string) {
	for _, table := range c.Missing {
		if !c.obtainable(table, now) && !c.refused(table) {
			lost = append(lost, table)
		}
	}
	return lost
}

// obtainable reports whether a load request can bring a table.
func (c Case) obtainable(table string, now time.Time) bool {
	return c.Source.Readable(table, c.Partition, now) || slices.Contains(c.Staged, table)
}

// refused reports whether a table is staged in a load that was refused.
func (c Case) refused(table string) bool {
	return c.Failure != nil && c.Failure.Holds(table, c.Partition)
}

// requestable reports whether a load request can bring anything.
func (c Case) requestable(now time.Time) bool {
	return c.Source.Schedule != "" &&
		slices.ContainsFunc(c.Missing, func(table string) bool { return c.obtainable(table, now) })
}

// Fault returns what is wrong with a case that is reported as record. requests tells whether the sweep
// requests loads.
func (c Case) Fault(record ledger.Overdue, requests bool) hint.Fault {
	f := hint.Fault{
		Code: hint.NotRequested, Source: c.Source.Name, Partition: c.Partition, Lost: record.Lost, Requests: MaxRequests,
	}
	if c.Failure != nil {
		f.Cause, f.ByHand = c.Failure.Hint, c.Source.Schedule == ""
	}
	switch {
	case len(c.Missing) == 0 && c.Failure != nil:
		f.Code, f.Accept = hint.NotRefreshed, c.Failure.Acceptable()
	case len(c.Missing) == 0:
		f.Code = hint.None
	case slices.ContainsFunc(c.Missing, c.refused):
		f.Code = hint.Refused
	case len(record.Lost) == len(c.Missing):
		f.Code = hint.Lost
	case c.Failure != nil:
		f.Code = hint.LoadFailed
	case c.Source.Schedule == "":
		f.Code = hint.ByHand
	case record.GaveUp:
		f.Code, f.Requests = hint.GaveUp, record.Requests
	case requests:
		f.Code = hint.Requested
	}
	return f
}

// Lateness returns how long after its due time the last table of a case arrived, to the minute.
func (c Case) Lateness(arrived time.Time) time.Duration {
	return max(0, arrived.Sub(c.Due)).Round(time.Minute)
}
