package main

import (
	"context"
	"errors"
	"fmt"

	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/scripts/internal/term"
	"example.com/rollcall/shared/partition"
)

// statusCmd tells how several days stand, or one day or month in full.
type statusCmd struct {
	place
	output
	Date  string `placeholder:"DAY" help:"One day in full, like 2026-11-21."`
	Month string `placeholder:"MONTH" help:"One month in full, like 2026-10."`
	Last  int    `default:"14" placeholder:"DAYS" help:"So many days up to the newest complete one, and the months that ended in them or last before."`
}

func (c *statusCmd) run(ctx context.Context, sys system) (int, error) {
	s, err := sys.open(ctx, c.place)
	if err != nil {
		return broken, err
	}
	return closing(s, func() (int, error) { return c.show(ctx, sys, s) })
}

// closing closes a site after use.
func closing(s *deployment.Deployment, use func() (int, error)) (int, error) {
	status, err := use()
	if err = errors.Join(err, s.Close()); err != nil {
		return broken, err
	}
	return status, nil
}

func (c *statusCmd) show(ctx context.Context, sys system, s *deployment.Deployment) (int, error) {
	one, err := c.one(s, sys)
	if err != nil {
		return broken, err
	}
	r, err := newReader(s, sys.now())
	if err != nil {
		return broken, err
	}
	if one.IsZero() {
		return c.overview(ctx, sys, r)
	}
	reading, err := r.read(ctx, []partition.Partition{one})
	if err == nil {
		err = r.deepen(ctx, reading, one)
	}
	if err != nil {
		return broken, err
	}
	told := reading.Partition(s.Name, one)
	if c.JSON {
		err = term.WriteJSON(sys.out, told)
	} else {
		text{sys, s.Pipeline.Location(), told.At}.partition(told)
	}
	return exit(told.Complete), err
}

// one is the partition that is to be told in full; zero: none.
func (c *statusCmd) one(s *deployment.Deployment, sys system) (p partition.Partition, err error) {
	switch {
	case c.Date != "" && c.Month != "":
		return p, errors.New("--date and --month are two partitions; give one")
	case c.Date != "":
		if p, err = partition.Parse(c.Date); err != nil || p.Grain() != partition.Daily {
			return p, fmt.Errorf("--date %q is not a day like 2026-11-21", c.Date)
		}
	case c.Month != "":
		if p, err = partition.Parse(c.Month); err != nil || p.Grain() != partition.Monthly {
			return p, fmt.Errorf("--month %q is not a month like 2026-10", c.Month)
		}
	default:
		return p, nil
	}
	return p, within(s, p, sys)
}

// within reports why nothing can be told of a partition.
func within(s *deployment.Deployment, p partition.Partition, sys system) error {
	switch {
	case p.Start().After(sys.now()):
		return fmt.Errorf("%s has not begun", p)
	case !s.Pipeline.Expected(p):
		return fmt.Errorf("%s lies before the start of the pipeline at %s, %s; nothing is expected of it", p, s.Name, s.Pipeline.StartDay())
	}
	return nil
}

func (c *statusCmd) overview(ctx context.Context, sys system, r *reader) (int, error) {
	newest := partition.NewestComplete(partition.Daily, r.now)
	list, err := window(newest, c.Last, r.site.Pipeline.StartDay())
	if err != nil {
		return broken, err
	}
	reading, err := r.read(ctx, list)
	if err != nil {
		return broken, err
	}
	o := reading.Overview(r.site.Name, list)
	if c.JSON {
		err = term.WriteJSON(sys.out, o)
	} else {
		text{sys, r.site.Pipeline.Location(), o.At}.overview(o)
	}
	return exit(o.Complete), err
}

func exit(isComplete bool) int {
	if isComplete {
		return complete
	}
	return incomplete
}
