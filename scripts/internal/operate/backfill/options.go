package backfill

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/rollcall/scripts/internal/days"
	"example.com/rollcall/shared/pipeline"
)

// About is the help text of the command.
const About = `Load a range of the past: ask each source for what can still be had of it, oldest first, and then run every model's partition once.

It shows what it is going to do, and asks before it begins. The same command goes on after Ctrl-C or a crash.`

// Flags are the command line.
type Flags struct {
	From     string   `required:"" placeholder:"DAY" help:"First day to load, like 2026-01-01."`
	To       string   `placeholder:"DAY" help:"Last day to load. Months belong to it when their last day does. Default: the newest complete day, in UTC."`
	Source   []string `placeholder:"SOURCE" help:"Ask this source and no other; may be repeated."`
	Parallel int      `default:"4" placeholder:"N" help:"How many sources are asked at once, each for one partition at a time. Default: 4."`
	Restart  bool     `help:"Begin anew: what an earlier backfill of the same range has done does not count, and what one that has died holds is let go."`
	Plan     bool     `help:"Show what would be done, and do nothing."`
	Yes      bool     `short:"y" help:"Do not ask before it begins."`
	JSON     bool     `name:"json" help:"Print one JSON object on standard output, and nothing else there."`
	Data     string   `xor:"place" placeholder:"DIR" help:"Data folder of rollcall run. Default: .rollcall."`
	Project  string   `xor:"place" placeholder:"ID" help:"Project on Google Cloud that terraform/ has deployed to."`
}

// maxParallel bounds the sources that are asked at once.
const maxParallel = 16

// newScope works out what a backfill is about at an instant, or says everything that is wrong with the flags.
func newScope(f Flags, p *pipeline.Pipeline, now time.Time) (days.Scope, error) {
	from, to, wrongDays := days.Range(f.From, f.To, 1, now)
	sources, wrongSources := days.Sources("--source", f.Source, p)
	var wrongParallel error
	if f.Parallel < 1 || f.Parallel > maxParallel {
		wrongParallel = fmt.Errorf("--parallel %d is not 1 to %d", f.Parallel, maxParallel)
	}
	if err := errors.Join(wrongDays, wrongSources, wrongParallel); err != nil {
		return days.Scope{}, err
	}
	return days.Scope{From: from, To: to, Months: days.MonthsOf(from, to), Sources: sources}, nil
}

// words are the flags by which the same backfill is asked for again.
func words(f Flags) []string {
	list := []string{"backfill", "--from", f.From}
	if f.To != "" {
		list = append(list, "--to", f.To)
	}
	for _, s := range slices.Sorted(slices.Values(f.Source)) {
		list = append(list, "--source", s)
	}
	return list
}
