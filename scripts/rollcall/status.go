package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	ink "github.com/jedib0t/go-pretty/v6/text"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// statusCmd shows how several days stand, or one day or month in full.
type statusCmd struct {
	place
	output
	Date  string `group:"what" xor:"what" placeholder:"DAY" help:"One day in full, like 2026-11-21."`
	Month string `group:"what" xor:"what" placeholder:"MONTH" help:"One month in full, like 2026-10."`
	Last  *int   `group:"what" xor:"what" placeholder:"DAYS" help:"This many days up to the newest complete one, with the months that ended in them or last before. Default: 14."`
}

func (*statusCmd) Help() string {
	return `Reads the ledger and changes nothing. It may run while anything else does.

Example: go run ./scripts/rollcall status --date 2026-11-21`
}

const (
	defaultDays = 14
	maxDays     = 1100
)

func (c *statusCmd) run(ctx context.Context, sys system) (int, error) {
	return reading(ctx, sys, c.place, func(ctx context.Context, r *reader) (int, error) {
		one, err := c.one(r)
		switch {
		case err != nil:
			return broken, err
		case one.IsZero():
			return c.overview(ctx, r)
		}
		facts, err := r.facts(ctx, one)
		if err == nil {
			err = r.coordinator.ReadDetail(ctx, facts, one)
		}
		if err != nil {
			return broken, err
		}
		detail := facts.Partition(one)
		if c.JSON {
			err = sys.out.JSON(detail)
		} else {
			r.text().partition(detail)
		}
		return exit(detail.Complete), err
	})
}

// one returns the partition to show in full; zero when there is none.
func (c *statusCmd) one(r *reader) (p partition.Partition, err error) {
	switch {
	case c.Date != "":
		p, err = term.ParseDate("--date", c.Date, partition.Daily)
	case c.Month != "":
		p, err = term.ParseDate("--month", c.Month, partition.Monthly)
	default:
		return p, nil
	}
	if err != nil {
		return p, err
	}
	return p, r.expects(p)
}

func (c *statusCmd) overview(ctx context.Context, r *reader) (int, error) {
	days := defaultDays
	if c.Last != nil {
		days = *c.Last
	}
	list, err := window(partition.NewestComplete(partition.Daily, r.now), days, r.Pipeline.StartDay())
	if err != nil {
		return broken, err
	}
	facts, err := r.facts(ctx, list...)
	if err != nil {
		return broken, err
	}
	o := facts.Overview(list)
	if c.JSON {
		err = r.out.JSON(o)
	} else {
		r.text().overview(o)
	}
	return exit(o.Complete), err
}

// window returns the partitions of an overview: this many days up to last, and the months that ended in them or
// last before.
func window(last partition.Partition, days int, start partition.Partition) (list []partition.Partition, err error) {
	if days < 1 || days > maxDays {
		return nil, fmt.Errorf("--last %d is not between 1 and %d; do you mean %d?", days, maxDays,
			min(max(days, 1), maxDays))
	}
	first := last.Add(1 - days)
	if first.Compare(start) < 0 {
		first = start
	}
	newest := partition.NewestComplete(partition.Monthly, last.End())
	for m := first.Month().Add(-1); m.Compare(newest) <= 0; m = m.Add(1) {
		if m.End().After(start.Start()) {
			list = append(list, m)
		}
	}
	return slices.AppendSeq(list, partition.Range(first, last)), nil
}

// reader reads how a deployment stood at one moment.
type reader struct {
	system
	*deployment.Deployment
	now         time.Time
	coordinator *coordinator.Coordinator
}

// maxReading is how long a command may read: Google's clients would retry for ever.
const maxReading = 2 * time.Minute

// reading opens a deployment for reading, calls use, and closes it.
func reading(ctx context.Context, sys system, at place, use func(ctx context.Context, r *reader) (int,
	error)) (status int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxReading, fmt.Errorf("no answer within %s", maxReading))
	defer cancel()
	d, now, err := sys.open(ctx, at)
	if err != nil {
		return broken, err
	}
	defer func() {
		if closed := d.Close(); err == nil && closed != nil {
			status, err = broken, closed
		}
	}()
	c, err := d.Reporter(func() time.Time { return now })
	if err != nil {
		return broken, err
	}
	return use(ctx, &reader{sys, d, now, c})
}

func (r *reader) facts(ctx context.Context, partitions ...partition.Partition) (*explain.Facts, error) {
	return r.ReadFacts(ctx, r.coordinator, partitions)
}

func (r *reader) text() text { return text{r.system, r.Pipeline.Location(), r.now} }

// expects returns an error that says why there is nothing to show about a partition.
func (r *reader) expects(p partition.Partition) error {
	switch newest := partition.NewestComplete(p.Grain(), r.now); {
	case p.Start().After(r.now):
		return fmt.Errorf("%s has not begun; the newest that has ended is %s", p, newest)
	case !r.Pipeline.Expected(p):
		return fmt.Errorf("%s lies before the start of the pipeline of %s; the first day is %s", p, r.Name,
			r.Pipeline.StartDay())
	}
	return nil
}

// exit returns the exit status of a command that reads.
func exit(isComplete bool) int {
	if isComplete {
		return complete
	}
	return incomplete
}

var marks = term.Marks{
	{State: explain.Arrived, Symbol: "✓", Colour: ink.FgGreen},
	term.AcceptedMark,
	{State: explain.UpToDate, Symbol: "●", Colour: ink.FgGreen},
	{State: explain.Waiting, Symbol: "·", Colour: ink.FgYellow},
	{State: explain.Ready, Symbol: "◌", Colour: ink.FgYellow},
	{State: explain.Running, Symbol: "◐", Colour: ink.FgCyan},
	{State: explain.Held, Symbol: "‖", Colour: ink.FgCyan},
	{State: explain.Overdue, Symbol: "!", Colour: ink.FgRed},
	term.RefusedMark,
	term.NotRefreshedMark,
	term.GoneMark,
	{State: explain.Failed, Symbol: "✗", Colour: ink.FgRed},
	{State: explain.AuditFailed, Symbol: "≠", Colour: ink.FgRed},
}

func (t text) overview(o explain.Overview) {
	t.heading("Status", o.Deployment)
	term.WriteGrid(t.out, o.Rows, legend(o.Rows), t.paint, t.width)
	for _, p := range o.Problems {
		t.about(cmp.Or(p.Model, p.Source), p.Partition, p.Through, p.Reason)
		t.because("", p.Hint, p.Blocks)
	}
	for _, a := range o.Accepted {
		t.about(a.Source, a.Partition, a.Through, explain.AcceptedText(a, t.clock))
	}
}

// about writes one paragraph about partitions of a source or a model.
func (t text) about(name string, first, last partition.Partition, what string) {
	t.say("")
	who := name + " " + partition.Text(first, last)
	for n, line := range t.wrap(who+": "+what, 0) {
		if rest, whole := strings.CutPrefix(line, who); n == 0 && whole {
			t.say("%s%s", t.bold(who), rest)
			continue
		}
		t.say("%s", line)
	}
}

// legend returns the marks of the good states and of the states in the rows.
func legend(rows []explain.Row) term.Marks {
	used := []explain.State{explain.Arrived, explain.UpToDate}
	for _, row := range rows {
		used = slices.AppendSeq(used, maps.Values(row.Sources))
		used = slices.AppendSeq(used, maps.Values(row.Models))
	}
	return slices.DeleteFunc(slices.Clone(marks), func(m term.Mark) bool { return !slices.Contains(used, m.State) })
}
