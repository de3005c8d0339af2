package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// flags are the command line.
type flags struct {
	Data string   `default:".rollcall" placeholder:"DIR" help:"Folder that everything is kept in."`
	From string   `placeholder:"DAY" help:"First day to load, like 2026-10-18. Default: 34 days before the last."`
	To   string   `placeholder:"DAY" help:"Last day to load. Default: the newest complete day, in UTC."`
	Only []string `placeholder:"SOURCE" help:"Ask this source and no other; may be repeated."`
	Drop []string `placeholder:"FILE" help:"Drop this JSON file into the bucket of drops; may be repeated."`
	JSON bool     `name:"json" help:"Print one JSON object on standard output, and nothing else there."`
}

const (
	defaultDays   = 35
	defaultMonths = 2
	maxDays       = 1100 // three years: the bound of one run
)

// scope is what one run is about: days, complete months, and the sources that are asked.
type scope struct {
	from, to partition.Partition // days, both included
	months   []partition.Partition
	explicit bool // a day was given, so that complete partitions are asked for again
	sources  []string
}

// newScope works out the scope at an instant, or says everything that is wrong with the flags. Without flags it is so many days.
func newScope(f flags, p *pipeline.Pipeline, days int, now time.Time) (scope, error) {
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
	s := scope{explicit: f.From != "" || f.To != ""}
	s.to = day("--to", f.To, newest)
	s.from = day("--from", f.From, s.to.Add(1-days))
	switch length := int(s.to.End().Sub(s.from.Start()).Hours() / 24); {
	case s.to.Compare(newest) > 0:
		faults = append(faults, fmt.Errorf("--to %s has not ended yet; the newest complete day is %s", s.to, newest))
	case length < 1:
		faults = append(faults, fmt.Errorf("--from %s is after --to %s", s.from, s.to))
	case length > maxDays:
		faults = append(faults, fmt.Errorf("%s to %s are %d days, more than the %d of one run", s.from, s.to, length, maxDays))
	}
	s.months = monthsOf(s)
	var known []string
	for _, source := range p.SortedSources() {
		known = append(known, source.Name)
		if len(f.Only) == 0 || slices.Contains(f.Only, source.Name) {
			s.sources = append(s.sources, source.Name)
		}
	}
	for _, name := range f.Only {
		if p.Sources[name] == nil {
			faults = append(faults, fmt.Errorf("--only %q is no source; the sources are %s", name, strings.Join(known, ", ")))
		}
	}
	return s, errors.Join(faults...)
}

// monthsOf are the months that belong to a scope: when days were given, those whose last day is among them; otherwise the
// newest complete ones.
func monthsOf(s scope) (list []partition.Partition) {
	newest := partition.NewestComplete(partition.Monthly, s.to.End())
	for m := newest; ; m = m.Add(-1) {
		switch {
		case s.explicit && m.End().Add(-1).Before(s.from.Start()), !s.explicit && len(list) == defaultMonths:
			slices.Reverse(list)
			return list
		}
		list = append(list, m)
	}
}

// first is the first day of all that belongs to a scope.
func (s scope) first() partition.Partition {
	if len(s.months) > 0 && s.months[0].Start().Before(s.from.Start()) {
		return partition.Day(s.months[0].Start())
	}
	return s.from
}

// partitions are those of a grain, oldest first.
func (s scope) partitions(g partition.Grain) []partition.Partition {
	if g == partition.Monthly {
		return s.months
	}
	return slices.Collect(partition.Range(s.from, s.to))
}

// newest is the last partition of a grain; the zero Partition when there is none.
func (s scope) newest(g partition.Grain) (p partition.Partition) {
	if list := s.partitions(g); len(list) > 0 {
		p = list[len(list)-1]
	}
	return p
}
