// Package overdue decides what to do about a source's partition that is due: nothing, report it, or request
// its load again. It is pure, like package plan: the caller supplies everything that it needs, including
// the time.
//
// pipeline.yaml states which partitions a source owes, and when each is due on the clock of the pipeline's
// time zone. A partition that has not arrived by then is reported. It is reported again only if something
// about it changes: fewer or more tables are missing, one of them is lost for good, the load requests have
// brought nothing, or everything has arrived. Meanwhile its load is requested again, a few times at growing
// intervals. A passing fault has passed by then, and any other needs a person.
//
// A load can be requested for any partition of a window table, but for a snapshot, which only knows the
// present, only for the newest complete partition and for those that were staged but not loaded. A person
// loads a source that has no schedule.
package overdue

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/hint"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
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
	Newest    *ledger.Overdue // the newest record of its log; nil if there is none
}

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
	gaveUp := c.requestable(lost) && record.Requests >= MaxRequests &&
		!now.Before(record.RequestedAt.Add(delays[MaxRequests]))
	if !slices.Equal(c.Missing, record.Missing) || !slices.Equal(lost, record.Lost) || gaveUp != record.GaveUp {
		record.Missing, record.Lost, record.GaveUp = c.Missing, lost, gaveUp
		return Report, record
	}
	if c.requestable(lost) && record.Requests < MaxRequests &&
		!now.Before(record.RequestedAt.Add(delays[record.Requests])) {
		record.Requests, record.RequestedAt = record.Requests+1, now.UTC()
		return Request, record
	}
	return Nothing, record
}

// Lost returns the missing tables that nothing can bring back: snapshots of a past partition that were
// never staged.
func (c Case) Lost(now time.Time) (lost []string) {
	if c.Partition == partition.NewestComplete(c.Source.Cadence, now) {
		return nil
	}
	for _, table := range c.Missing {
		if c.Source.Table(table).Reads == pipeline.Snapshot && !slices.Contains(c.Staged, table) {
			lost = append(lost, table)
		}
	}
	return lost
}

// requestable reports whether a load request can bring anything.
func (c Case) requestable(lost []string) bool {
	return c.Source.Schedule != "" && len(c.Missing) > len(lost)
}

// Fault returns what is wrong with a case that is reported as record. requests tells whether the sweep
// requests loads.
func (c Case) Fault(record ledger.Overdue, requests bool) hint.Fault {
	f := hint.Fault{
		Code: hint.NotRequested, Source: c.Source.Name, Partition: c.Partition, Lost: record.Lost, Requests: MaxRequests,
	}
	switch {
	case len(c.Missing) == 0:
		f.Code = hint.None
	case len(record.Lost) == len(c.Missing):
		f.Code = hint.Lost
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
