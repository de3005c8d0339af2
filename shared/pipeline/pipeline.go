// Package pipeline reads pipeline.yaml: the sources of the mart, what each owes and by when.
package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"example.com/rollcall/shared/partition"
)

// Pipeline is the whole of pipeline.yaml.
type Pipeline struct {
	Name     string             `yaml:"name"`
	Timezone string             `yaml:"timezone"` // IANA name; of schedules and due times, never of partitions
	Start    string             `yaml:"start"`    // first day that is expected of anybody
	Sources  map[string]*Source `yaml:"sources"`

	location *time.Location
	start    partition.Partition
}

// Source is what one source owes.
type Source struct {
	Name        string            `yaml:"-"`
	Description string            `yaml:"description"`
	Cadence     partition.Grain   `yaml:"cadence"`
	Schedule    string            `yaml:"schedule"` // cron, in the pipeline's time zone; empty: triggered by something else
	Due         Due               `yaml:"due"`
	Start       string            `yaml:"start"`    // first day that is expected of it; empty: the pipeline's
	Lookback    int               `yaml:"lookback"` // partitions that a run reads again, its own among them; at least 1
	Tables      map[string]*Table `yaml:"tables"`

	start partition.Partition // zero: the pipeline's
}

// Table is one raw table, by its name without the dataset.
type Table struct {
	Name        string   `yaml:"-"`
	Description string   `yaml:"description"`
	Reads       Reads    `yaml:"reads"`
	MayBeEmpty  bool     `yaml:"may_be_empty"` // a partition without rows is normal
	ClusterBy   []string `yaml:"cluster_by"`
}

// Reads says what a source can tell of the past.
type Reads string

// A window table can be read again for any past partition; a snapshot is only ever of now.
const (
	Window   Reads = "window"
	Snapshot Reads = "snapshot"
)

// Due is when a partition has to have arrived: at a clock time, so many calendar days after the partition's last day.
// "1d 10:00" is 10:00 on the next day. In the pipeline's time zone.
type Due struct{ Days, Hour, Minute int }

var dueRE = regexp.MustCompile(`^(\d{1,2})d ([01]\d|2[0-3]):([0-5]\d)$`)

// UnmarshalText reads "1d 10:00".
func (d *Due) UnmarshalText(text []byte) error {
	m := dueRE.FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("due %.40q is not like \"1d 10:00\", days after the partition's last day and a time", text)
	}
	d.Days, _ = strconv.Atoi(m[1])
	d.Hour, _ = strconv.Atoi(m[2])
	d.Minute, _ = strconv.Atoi(m[3])
	return nil
}

// String is the form that UnmarshalText reads.
func (d Due) String() string { return fmt.Sprintf("%dd %02d:%02d", d.Days, d.Hour, d.Minute) }

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Parse reads pipeline.yaml and reports all its faults at once.
func Parse(data []byte) (*Pipeline, error) {
	p := &Pipeline{}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("pipeline: %w", err)
	}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("pipeline: "+format, args...)) }
	var err error
	if !nameRE.MatchString(p.Name) {
		fault("name %q is not lower snake case", p.Name)
	}
	if p.location, err = time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" {
		fault("timezone %q is not a name of the IANA time zone database, like Europe/London", p.Timezone)
	}
	if p.start, err = partition.Parse(p.Start); err != nil || p.start.Grain() != partition.Daily {
		fault("start %q is not a day like 2026-01-01", p.Start)
	}
	if len(p.Sources) == 0 {
		fault("no sources")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		s := p.Sources[name]
		if s == nil {
			fault("source %s: empty", name)
			continue
		}
		s.Name = name
		if s.Lookback == 0 {
			s.Lookback = 1
		}
		if s.Start != "" {
			if s.start, err = partition.Parse(s.Start); err != nil || s.start.Grain() != partition.Daily {
				fault("source %s: start %q is not a day like 2026-01-01", name, s.Start)
			}
		}
		switch {
		case !nameRE.MatchString(name):
			fault("source %q: the name is not lower snake case", name)
		case s.Description == "":
			fault("source %s: no description", name)
		case !s.Cadence.Valid():
			fault("source %s: cadence %q is neither daily nor monthly", name, s.Cadence)
		case s.Due == Due{}:
			fault("source %s: no due time", name)
		case s.Lookback < 1 || s.Lookback > 62:
			fault("source %s: lookback %d is not 1 to 62", name, s.Lookback)
		case len(s.Tables) == 0:
			fault("source %s: no tables", name)
		}
		for _, table := range slices.Sorted(maps.Keys(s.Tables)) {
			t := s.Tables[table]
			if t == nil {
				fault("table %s: empty", table)
				continue
			}
			t.Name = table
			switch {
			case !strings.HasPrefix(table, name+"_"):
				fault("table %s: the name does not begin with its source's, %s_", table, name)
			case t.Description == "":
				fault("table %s: no description", table)
			case t.Reads != Window && t.Reads != Snapshot:
				fault("table %s: reads %q is neither window nor snapshot", table, t.Reads)
			}
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return p, nil
}

// Location is the time zone of schedules and due times.
func (p *Pipeline) Location() *time.Location { return p.location }

// StartDay is the first day that is expected of anybody.
func (p *Pipeline) StartDay() partition.Partition { return p.start }

// WithStart is a copy of p that begins at another day.
func (p *Pipeline) WithStart(day partition.Partition) *Pipeline {
	c := *p
	c.start, c.Start = day, day.String()
	return &c
}

// Expected reports whether anything of q lies on or after the pipeline's start; what lies before is expected of nobody.
func (p *Pipeline) Expected(q partition.Partition) bool { return q.End().After(p.start.Start()) }

// Owes reports whether s owes q: what lies before the pipeline's start is expected of nobody, and of a source that was added
// later, nothing that lies wholly before its own.
func (p *Pipeline) Owes(s *Source, q partition.Partition) bool {
	return p.Expected(q) && (s.start.IsZero() || q.End().After(s.start.Start()))
}

// SortedSources are the sources by name.
func (p *Pipeline) SortedSources() []*Source {
	var list []*Source
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		list = append(list, p.Sources[name])
	}
	return list
}

// Owner is the source whose table this is, by the full name "raw.medium_stories"; nil when no source has it.
func (p *Pipeline) Owner(table string) *Source {
	short, ok := strings.CutPrefix(table, "raw.")
	if !ok {
		return nil
	}
	for _, s := range p.Sources {
		if _, ok := s.Tables[short]; ok {
			return s
		}
	}
	return nil
}

// SortedTables are the source's tables by full name, "raw.medium_stories", in order.
func (s *Source) SortedTables() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		list = append(list, "raw."+name)
	}
	return list
}

// Table is one of the source's tables by full name, "raw.medium_stories"; nil when it has none of that name.
func (s *Source) Table(name string) *Table { return s.Tables[strings.TrimPrefix(name, "raw.")] }

// Has reports whether any of the source's tables is read in this way.
func (s *Source) Has(reads Reads) bool {
	for _, t := range s.Tables {
		if t.Reads == reads {
			return true
		}
	}
	return false
}

// Brings are the partitions of a table that a load for p replaces: of a window table those that the source looks back on, with
// p the last; of a snapshot p alone.
func (s *Source) Brings(table string, p partition.Partition) iter.Seq[partition.Partition] {
	first := p
	if s.Table(table).Reads == Window {
		first = p.Add(1 - s.Lookback)
	}
	return partition.Range(first, p)
}

// DueAt is the instant by which q has to have arrived: on the calendar of the time zone, so that a day with a clock
// change is not an hour off, and a time that such a day skips is the instant that time.Date gives it.
func (s *Source) DueAt(q partition.Partition, loc *time.Location) time.Time {
	last := q.End().AddDate(0, 0, -1)
	return time.Date(last.Year(), last.Month(), last.Day()+s.Due.Days, s.Due.Hour, s.Due.Minute, 0, 0, loc)
}
