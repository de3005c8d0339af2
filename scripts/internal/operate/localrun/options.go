package localrun

import (
	"errors"
	"slices"
	"time"

	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Flags are the command line.
type Flags struct {
	Data string   `default:".rollcall" placeholder:"DIR" help:"Folder that everything is kept in."`
	From string   `placeholder:"DAY" help:"First day to load, like 2026-10-18. Default: 34 days before the last."`
	To   string   `placeholder:"DAY" help:"Last day to load. Default: the newest complete day, in UTC."`
	Only []string `name:"source" placeholder:"SOURCE" help:"Ask this source and no other; may be repeated."`
	Drop []string `placeholder:"FILE" help:"Drop this JSON file into the bucket of drops; may be repeated."`
	JSON bool     `name:"json" help:"Print one JSON object on standard output, and nothing else there."`
}

const (
	defaultDays   = 35
	defaultMonths = 2
)

// scope is what one run is about. Its months are, when days were given, those whose last day is among them; otherwise the
// newest complete ones.
type scope struct {
	days.Scope
	explicit bool // a day was given, so that complete partitions are asked for again
}

// newScope works out the scope at an instant, or says everything that is wrong with the flags. Without flags it is so many days.
func newScope(f Flags, p *pipeline.Pipeline, length int, now time.Time) (scope, error) {
	from, to, wrongDays := days.Range(f.From, f.To, length, now)
	sources, wrongSources := days.Sources("--source", f.Only, p)
	if err := errors.Join(wrongDays, wrongSources); err != nil {
		return scope{}, err
	}
	s := scope{days.Scope{From: from, To: to, Months: days.MonthsOf(from, to), Sources: sources}, f.From != "" || f.To != ""}
	if !s.explicit {
		newest := partition.NewestComplete(partition.Monthly, to.End())
		s.Months = slices.Collect(partition.Range(newest.Add(1-defaultMonths), newest))
	}
	return s, nil
}
