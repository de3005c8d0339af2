// Package partition names the slices of data that Rollcall counts: days and months.
//
// A partition is a date of the data, never of the run, and always a UTC date: the day 2026-11-21 or the month 2026-11.
// Its text form is the one used in events, ledger names, job ids, flags and messages.
package partition

import (
	"encoding"
	"fmt"
	"iter"
	"time"
)

// Grain is the length of a partition.
type Grain string

// The two grains that a source or a model can have.
const (
	Daily   Grain = "daily"
	Monthly Grain = "monthly"
)

// Valid reports whether g is a grain that Rollcall knows.
func (g Grain) Valid() bool { return g == Daily || g == Monthly }

const (
	dayLayout   = "2006-01-02"
	monthLayout = "2006-01"
)

// Partition is one day or one month. The zero Partition is no partition at all; see IsZero.
// Partitions are comparable with ==.
type Partition struct {
	grain Grain
	year  int
	month time.Month
	day   int // 1 for a month
}

var (
	_ encoding.TextMarshaler   = Partition{}
	_ encoding.TextUnmarshaler = (*Partition)(nil)
)

// Day is the daily partition that holds t, read in UTC.
func Day(t time.Time) Partition {
	y, m, d := t.UTC().Date()
	return Partition{Daily, y, m, d}
}

// Month is the monthly partition that holds t, read in UTC.
func Month(t time.Time) Partition {
	y, m, _ := t.UTC().Date()
	return Partition{Monthly, y, m, 1}
}

// Of is the partition of the given grain that holds t, read in UTC.
func Of(g Grain, t time.Time) Partition {
	if g == Monthly {
		return Month(t)
	}
	return Day(t)
}

// NewestComplete is the last partition of the given grain that had ended at t: yesterday, or last month, in UTC.
func NewestComplete(g Grain, t time.Time) Partition { return Of(g, t).Add(-1) }

// Parse reads "2026-11-21" as a day and "2026-11" as a month. Anything else, a day that no calendar has among it, is an
// error that says what was expected.
func Parse(s string) (Partition, error) {
	layout, grain := dayLayout, Daily
	if len(s) == len(monthLayout) {
		layout, grain = monthLayout, Monthly
	}
	t, err := time.Parse(layout, s)
	if err != nil || t.Year() < 1 {
		return Partition{}, fmt.Errorf("partition %.40q is neither a day like 2026-11-21 nor a month like 2026-11", s)
	}
	return Of(grain, t), nil
}

// MustParse is Parse for literals in tests and tables; it panics on an error.
func MustParse(s string) Partition {
	p, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return p
}

// IsZero reports whether p names no partition.
func (p Partition) IsZero() bool { return p == Partition{} }

// Grain is the length of p; empty for the zero Partition.
func (p Partition) Grain() Grain { return p.grain }

// String is the text form, "2026-11-21" or "2026-11"; empty for the zero Partition.
func (p Partition) String() string {
	switch p.grain {
	case Daily:
		return p.Start().Format(dayLayout)
	case Monthly:
		return p.Start().Format(monthLayout)
	}
	return ""
}

// Decorator is the form that follows the dollar sign in a BigQuery partition decorator: "20261121" or "202611".
// https://cloud.google.com/bigquery/docs/managing-partitioned-table-data#use_a_load_job
func (p Partition) Decorator() string {
	if p.grain == Monthly {
		return p.Start().Format("200601")
	}
	return p.Start().Format("20060102")
}

// Start is the first instant of p, midnight UTC.
func (p Partition) Start() time.Time { return time.Date(p.year, p.month, p.day, 0, 0, 0, 0, time.UTC) }

// End is the first instant after p, midnight UTC.
func (p Partition) End() time.Time { return p.Add(1).Start() }

// Add is the partition n steps of p's own grain later, or earlier when n is negative.
func (p Partition) Add(n int) Partition {
	if p.grain == Monthly {
		return Month(time.Date(p.year, p.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	}
	return Day(time.Date(p.year, p.month, p.day+n, 0, 0, 0, 0, time.UTC))
}

// Month is the month that holds p; a month holds itself.
func (p Partition) Month() Partition { return Month(p.Start()) }

// Days yields the days of p in order; a day yields itself.
func (p Partition) Days() iter.Seq[Partition] {
	return func(yield func(Partition) bool) {
		for d := Day(p.Start()); d.Start().Before(p.End()); d = d.Add(1) {
			if !yield(d) {
				return
			}
		}
	}
}

// Contains reports whether all of q lies within p.
func (p Partition) Contains(q Partition) bool {
	return !q.Start().Before(p.Start()) && !q.End().After(p.End())
}

// Compare orders by start, and a month before its own days: the order of the text forms.
func (p Partition) Compare(q Partition) int {
	if c := p.Start().Compare(q.Start()); c != 0 || p.grain == q.grain {
		return c
	}
	if p.grain == Monthly {
		return -1
	}
	return 1
}

// Range yields from, from+1 … to, both included, in order; nothing when to is before from.
// Both must have the same grain.
func Range(from, to Partition) iter.Seq[Partition] {
	return func(yield func(Partition) bool) {
		for p := from; p.Compare(to) <= 0; p = p.Add(1) {
			if !yield(p) {
				return
			}
		}
	}
}

// MarshalText is String; it lets a partition be a JSON string and a JSON object's key.
func (p Partition) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is Parse; empty text is the zero Partition.
func (p *Partition) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*p = Partition{}
		return nil
	}
	*p, err = Parse(string(text))
	return err
}
