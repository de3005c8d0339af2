// Package partition defines the units in which Rollcall loads data: days and months.
//
// A partition is the date of the data, not of the run, and always in UTC: the day 2026-11-21 or the month
// 2026-11. Events, ledger names, job ids, flags and messages all use its text form.
//
// What is read, from a message, a file or a command line, lies in the years 2000 to 2199; see Parse and
// Partition.InRange. Any other year is a typing error or a broken clock.
package partition

import (
	"encoding"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Grain is the length of a partition.
type Grain string

// The grains of sources and models.
const (
	Daily   Grain = "daily"
	Monthly Grain = "monthly"
)

// Valid reports whether g is Daily or Monthly.
func (g Grain) Valid() bool { return g == Daily || g == Monthly }

const (
	dayLayout   = "2006-01-02"
	monthLayout = "2006-01"
	firstYear   = 2000
	lastYear    = 2199
)

// ErrRange reports a day or month outside of the years in which Rollcall has partitions.
var ErrRange = errors.New("partitions lie between 2000-01-01 and 2199-12-31")

// Partition is one day or one month. The zero Partition is none; see IsZero. Partitions can be compared with ==.
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

// Day returns the day that contains t in UTC.
func Day(t time.Time) Partition {
	y, m, d := t.UTC().Date()
	return Partition{Daily, y, m, d}
}

// Month returns the month that contains t in UTC.
func Month(t time.Time) Partition {
	y, m, _ := t.UTC().Date()
	return Partition{Monthly, y, m, 1}
}

// Of returns the partition of a grain that contains t in UTC.
func Of(g Grain, t time.Time) Partition {
	if g == Monthly {
		return Month(t)
	}
	return Day(t)
}

// NewestComplete returns the last partition of a grain that had ended at t: yesterday or last month in UTC.
func NewestComplete(g Grain, t time.Time) Partition { return Of(g, t).Add(-1) }

// Parse parses a day like "2026-11-21" or a month like "2026-11". It fails for anything else, such as a day
// that does not exist, and with ErrRange for another year than 2000 to 2199.
func Parse(s string) (Partition, error) {
	layout, grain := dayLayout, Daily
	if len(s) == len(monthLayout) {
		layout, grain = monthLayout, Monthly
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return Partition{}, fmt.Errorf("partition %.40q is neither a day like 2026-11-21 nor a month like 2026-11", s)
	}
	p := Of(grain, t)
	if !p.InRange() {
		return Partition{}, fmt.Errorf("partition %s: %w", p, ErrRange)
	}
	return p, nil
}

// MustParse parses literals. It panics on an error.
func MustParse(s string) Partition {
	p, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return p
}

// IsZero reports whether p names no partition.
func (p Partition) IsZero() bool { return p == Partition{} }

// InRange reports whether p lies in the years 2000 to 2199, as all partitions from outside must. The zero Partition
// does not.
func (p Partition) InRange() bool { return p.year >= firstYear && p.year <= lastYear }

// Grain returns the grain of p, or "" for the zero Partition.
func (p Partition) Grain() Grain { return p.grain }

// String returns the text form, "2026-11-21" or "2026-11", or "" for the zero Partition.
func (p Partition) String() string {
	switch p.grain {
	case Daily:
		return p.Start().Format(dayLayout)
	case Monthly:
		return p.Start().Format(monthLayout)
	}
	return ""
}

// Decorator returns the text after the dollar sign of a BigQuery partition decorator: "20261121" or "202611".
// https://cloud.google.com/bigquery/docs/managing-partitioned-table-data#use_a_load_job
func (p Partition) Decorator() string {
	if p.grain == Monthly {
		return p.Start().Format("200601")
	}
	return p.Start().Format("20060102")
}

// Start returns the first instant of p, midnight UTC.
func (p Partition) Start() time.Time { return time.Date(p.year, p.month, p.day, 0, 0, 0, 0, time.UTC) }

// End returns the first instant after p, midnight UTC.
func (p Partition) End() time.Time { return p.Add(1).Start() }

// Add returns the partition n days or months after p, or before it if n is negative.
func (p Partition) Add(n int) Partition {
	if p.grain == Monthly {
		return Month(time.Date(p.year, p.month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	}
	return Day(time.Date(p.year, p.month, p.day+n, 0, 0, 0, 0, time.UTC))
}

// Month returns the month that contains p. A month contains itself.
func (p Partition) Month() Partition { return Month(p.Start()) }

// Days yields the days of p in order. A day yields itself.
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

// Compare orders partitions by start, and a month before its own days. This is the order of their text forms.
func (p Partition) Compare(q Partition) int {
	if c := p.Start().Compare(q.Start()); c != 0 || p.grain == q.grain {
		return c
	}
	if p.grain == Monthly {
		return -1
	}
	return 1
}

// Range yields the partitions from one to another, both included, in order. It yields nothing if to is before
// from. Both must have the same grain.
func Range(from, to Partition) iter.Seq[Partition] {
	return func(yield func(Partition) bool) {
		for p := from; p.Compare(to) <= 0; p = p.Add(1) {
			if !yield(p) {
				return
			}
		}
	}
}

// MarshalText formats p as String does, for JSON strings and the keys of JSON objects.
func (p Partition) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText parses text as Parse does. Empty text gives the zero Partition.
func (p *Partition) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*p = Partition{}
		return nil
	}
	*p, err = Parse(string(text))
	return err
}
