// Package days says what a command is about: a range of days, the months that belong to it, and sources.
package days

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Max is how many days one run may be about: three years.
const Max = 1100

// Scope is what one run is about.
type Scope struct {
	From, To partition.Partition   // days, both included
	Months   []partition.Partition // oldest first
	Sources  []string              // by name
}

// Range reads the first and the last day as flags give them. No last day is the newest complete one at an instant, in UTC; no
// first day makes it so many days. It reports all faults at once.
func Range(from, to string, length int, now time.Time) (first, last partition.Partition, err error) {
	var faults []error
	newest := partition.NewestComplete(partition.Daily, now)
	day := func(flag, text string, otherwise partition.Partition) partition.Partition {
		if text == "" {
			return otherwise
		}
		d, err := partition.Parse(text)
		if err != nil || d.Grain() != partition.Daily {
			faults = append(faults, fmt.Errorf("%s %q is not a day like %s", flag, text, newest))
			return otherwise
		}
		return d
	}
	last = day("--to", to, newest)
	first = day("--from", from, last.Add(1-length))
	switch length := int(last.End().Sub(first.Start()).Hours() / 24); {
	case last.Compare(newest) > 0:
		faults = append(faults, fmt.Errorf("--to %s has not ended yet; the newest complete day is %s", last, newest))
	case length < 1:
		faults = append(faults, fmt.Errorf("--from %s is after --to %s", first, last))
	case length > Max:
		faults = append(faults, fmt.Errorf("%s to %s are %d days, more than the %d of one run", first, last, length, Max))
	}
	return first, last, errors.Join(faults...)
}

// MonthsOf are the months whose last day is from one day to another, both included.
func MonthsOf(from, to partition.Partition) (list []partition.Partition) {
	for m := range partition.Range(from.Month(), partition.NewestComplete(partition.Monthly, to.End())) {
		list = append(list, m)
	}
	return list
}

// Sources are the names of the sources that a flag asks for, in order; all of them when it asks for none. It is an error when
// one is no source.
func Sources(flag string, asked []string, p *pipeline.Pipeline) (list []string, err error) {
	var known []string
	for _, source := range p.SortedSources() {
		known = append(known, source.Name)
		if len(asked) == 0 || slices.Contains(asked, source.Name) {
			list = append(list, source.Name)
		}
	}
	var faults []error
	for _, name := range asked {
		if p.Sources[name] == nil {
			faults = append(faults, fmt.Errorf("%s %q is no source; the sources are %s", flag, name, strings.Join(known, ", ")))
		}
	}
	return list, errors.Join(faults...)
}

// First is the first day of all that belongs to the scope.
func (s Scope) First() partition.Partition {
	if len(s.Months) > 0 && s.Months[0].Start().Before(s.From.Start()) {
		return partition.Day(s.Months[0].Start())
	}
	return s.From
}

// Partitions are those of a grain, oldest first.
func (s Scope) Partitions(g partition.Grain) []partition.Partition {
	if g == partition.Monthly {
		return s.Months
	}
	return slices.Collect(partition.Range(s.From, s.To))
}

// Newest is the last partition of a grain; the zero Partition when there is none.
func (s Scope) Newest(g partition.Grain) (p partition.Partition) {
	if list := s.Partitions(g); len(list) > 0 {
		p = list[len(list)-1]
	}
	return p
}
