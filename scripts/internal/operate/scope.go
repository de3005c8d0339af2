package operate

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// maxDays is how many days one command may cover: three years.
const maxDays = 1100

// Range names days on a command line: from one to another, one day, or the days of a month. Empty means not given.
type Range struct {
	From, To string // days
	Date     string // a day
	Month    string
}

// given reports whether any of the flags is.
func (r Range) given() bool { return r != Range{} }

// scope is what one command covers.
type scope struct {
	From, To partition.Partition   // days, both included
	Months   []partition.Partition // whose last day lies between them, oldest first
	Sources  []string              // by name
}

// newScope reads a range and the names of sources at an instant, or reports everything that is wrong with them.
// Without a last day the range ends with the newest complete day in UTC; without a first day it covers so many
// days.
func newScope(r Range, sources []string, p *pipeline.Pipeline, length int, now time.Time) (s scope, err error) {
	s.From, s.To, err = r.days(length, now)
	var wrong error
	s.Sources, wrong = sourceNames(sources, p)
	if err := errors.Join(err, wrong); err != nil {
		return scope{}, err
	}
	for m := range partition.Range(s.From.Month(), partition.NewestComplete(partition.Monthly, s.To.End())) {
		s.Months = append(s.Months, m)
	}
	return s, nil
}

// partition returns the day or the month that --date or --month names; zero when neither is given. It must have ended.
func (r Range) partition(now time.Time) (p partition.Partition, err error) {
	flag, p, err := r.named()
	if err != nil || p.IsZero() {
		return p, err
	}
	if newest := partition.NewestComplete(p.Grain(), now); p.Compare(newest) > 0 {
		return p, fmt.Errorf("%s %s has not ended yet; the newest complete one is %s", flag, p, newest)
	}
	return p, nil
}

// named returns the day or the month that --date or --month names, and the flag; zero when neither is given.
func (r Range) named() (flag string, p partition.Partition, err error) {
	flag, text, grain := "--date", r.Date, partition.Daily
	switch {
	case r.Date != "" && r.Month != "":
		return flag, p, errors.New("--date and --month name different partitions; pass one of them")
	case r.Month != "":
		flag, text, grain = "--month", r.Month, partition.Monthly
	case r.Date == "":
		return flag, p, nil
	}
	p, err = term.ParseDate(flag, text, grain)
	return flag, p, err
}

// days returns the first and the last day.
func (r Range) days(length int, now time.Time) (first, last partition.Partition, err error) {
	if r.Date != "" || r.Month != "" {
		if r.From != "" || r.To != "" {
			return first, last, errors.New("--from and --to contradict --date and --month; pass either")
		}
		p, err := r.partition(now)
		if err != nil {
			return first, last, err
		}
		first, last = partition.Bounds([]partition.Partition{p})
		return first, last, nil
	}
	var faults []error
	newest := partition.NewestComplete(partition.Daily, now)
	day := func(flag, text string, otherwise partition.Partition) partition.Partition {
		if text == "" {
			return otherwise
		}
		d, err := term.ParseDate(flag, text, partition.Daily)
		if err != nil {
			faults = append(faults, err)
			return otherwise
		}
		return d
	}
	last = day("--to", r.To, newest)
	first = day("--from", r.From, last.Add(1-length))
	switch length := int(last.End().Sub(first.Start()).Hours() / 24); {
	case last.Compare(newest) > 0:
		faults = append(faults, fmt.Errorf("--to %s has not ended yet; the newest complete day is %s", last, newest))
	case length < 1:
		faults = append(faults, fmt.Errorf("--from %s is after --to %s", first, last))
	case length > maxDays:
		faults = append(faults, fmt.Errorf("%s to %s are %d days, more than the %d of one run", first, last, length, maxDays))
	}
	return first, last, errors.Join(faults...)
}

// sourceNames returns the sources that --source names, in order; all of them when it names none.
func sourceNames(named []string, p *pipeline.Pipeline) (list []string, err error) {
	var known []string
	for _, s := range p.SortedSources() {
		known = append(known, s.Name)
		if len(named) == 0 || slices.Contains(named, s.Name) {
			list = append(list, s.Name)
		}
	}
	var faults []error
	for _, name := range named {
		if p.Sources[name] == nil {
			faults = append(faults, fmt.Errorf("--source: no source is named %q%s", name, term.DidYouMean(name, known)))
		}
	}
	return list, errors.Join(faults...)
}

// partitions returns those of a grain, oldest first.
func (s scope) partitions(g partition.Grain) []partition.Partition {
	if g == partition.Monthly {
		return s.Months
	}
	return slices.Collect(partition.Range(s.From, s.To))
}

// all returns the months and the days.
func (s scope) all() []partition.Partition {
	return slices.Concat(s.Months, s.partitions(partition.Daily))
}

// first returns the first day of all partitions.
func (s scope) first() partition.Partition {
	first, _ := partition.Bounds(s.all())
	return first
}

// newest returns the last partition of a grain; zero when there is none.
func (s scope) newest(g partition.Grain) (p partition.Partition) {
	if list := s.partitions(g); len(list) > 0 {
		p = list[len(list)-1]
	}
	return p
}
