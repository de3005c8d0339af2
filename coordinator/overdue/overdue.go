// Package overdue decides what is to be said and done about a source's partition that is due: nothing, a report, or to ask the
// source for it again. It is pure, like package plan: what it has to know it is given, the time among it.
//
// A source owes its partitions from pipeline.yaml: each by its due time, on the calendar of the pipeline's time zone. One that
// has not come is reported, and again only when something about it changes: fewer or more tables are missing, one of them
// can no longer be had, the source has been asked for it in vain, or all has come. In between the source is asked for it, a
// few times and ever more seldom: what passes by itself has then passed, and the rest needs a person.
//
// What can be asked for: of window tables, any partition; of snapshots, which only know now, the newest complete partition, and
// those that were staged but not loaded. What a source without a schedule owes is brought by a person, who is told.
package overdue

import (
	"slices"
	"time"

	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Step is what is to be said or done.
type Step string

// The steps. A claim for one is written into the ledger under this name.
const (
	Nothing Step = ""
	Report  Step = "report"
	Request Step = "request"
)

// delays are how long after the ask before it a source is asked again; the last is how long the last ask is given.
var delays = []time.Duration{0, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}

// MaxRequests is how often a source is asked for one partition.
var MaxRequests = len(delays) - 1

// Due are the partitions since a day that a source owes and that are due at now, oldest first. None that has not ended is
// due, wherever on earth it is already later.
func Due(p *pipeline.Pipeline, s *pipeline.Source, since partition.Partition, now time.Time) (list []partition.Partition) {
	for q := range partition.Range(partition.Of(s.Cadence, since.Start()), partition.NewestComplete(s.Cadence, now)) {
		if p.Owes(s, q) && !now.Before(s.DueAt(q, p.Location())) {
			list = append(list, q)
		}
	}
	return list
}

// Case is a source's partition that is due, and what is known of it.
type Case struct {
	Source    *pipeline.Source
	Partition partition.Partition
	Due       time.Time
	Missing   []string        // its tables that have not arrived, by full name and in order
	Staged    []string        // those that a complete load has staged
	Newest    *ledger.Overdue // the newest record of its log; nil when there is none
}

// Next is the step to take at now, and the record that says that it has been taken. While another is at a step, there is
// none.
func (c Case) Next(now time.Time) (Step, ledger.Overdue) {
	w := ledger.Overdue{Source: c.Source.Name, Partition: c.Partition}
	if c.Newest != nil {
		if w = *c.Newest; w.Claimed != "" && now.Before(w.LeaseEnd) {
			return Nothing, w
		}
		w.Claimed, w.LeaseEnd = "", time.Time{}
	}
	lost := c.Lost(now)
	inVain := c.requestable(lost) && w.Requests >= MaxRequests && !now.Before(w.RequestedAt.Add(delays[MaxRequests]))
	if !slices.Equal(c.Missing, w.Missing) || !slices.Equal(lost, w.Lost) || inVain != w.GaveUp {
		w.Missing, w.Lost, w.GaveUp = c.Missing, lost, inVain
		return Report, w
	}
	if c.requestable(lost) && w.Requests < MaxRequests && !now.Before(w.RequestedAt.Add(delays[w.Requests])) {
		w.Requests, w.RequestedAt = w.Requests+1, now.UTC()
		return Request, w
	}
	return Nothing, w
}

// Lost are the missing tables that nothing can bring back: snapshots of an older partition that were never staged.
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

// requestable reports whether asking the source can bring anything.
func (c Case) requestable(lost []string) bool {
	return c.Source.Schedule != "" && len(c.Missing) > len(lost)
}
