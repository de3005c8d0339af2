// Package pipeline reads pipeline.yaml, which declares the sources: their tables, their schedules and their due times.
package pipeline

import (
	"bytes"
	"cmp"
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

// Pipeline holds the whole of pipeline.yaml.
type Pipeline struct {
	Name     string             `yaml:"name"`
	Timezone string             `yaml:"timezone"` // IANA name, for schedules and due times; partitions are UTC
	Start    string             `yaml:"start"`    // first day that any source must load
	Sources  map[string]*Source `yaml:"sources"`

	location *time.Location
	start    partition.Partition
}

// Source holds the section of one source.
type Source struct {
	Name        string          `yaml:"-"`
	Description string          `yaml:"description"`
	Cadence     partition.Grain `yaml:"cadence"`
	Schedule    string          `yaml:"schedule"` // cron, in the pipeline's time zone; empty: no schedule
	Due         Due             `yaml:"due"`
	Start       string          `yaml:"start"` // first day that this source must load; empty: the pipeline's
	// partitions that one run reads, the requested one included; at least 1
	Lookback int               `yaml:"lookback"`
	Tables   map[string]*Table `yaml:"tables"`

	start partition.Partition // zero: the pipeline's
}

// Table describes one raw table. Its name is without the dataset.
type Table struct {
	Name        string   `yaml:"-"`
	Description string   `yaml:"description"`
	Reads       Reads    `yaml:"reads"`
	Optional    bool     `yaml:"optional"` // a partition may never arrive, and is not waited for
	ClusterBy   []string `yaml:"cluster_by"`

	// What a load of the table is judged by; see guard.go.
	Volume        Volume    `yaml:"volume"`
	Key           []string  `yaml:"key"`             // columns that identify a row in its partition; empty: none do
	KeysThatLeave Departure `yaml:"keys_that_leave"` // only with a key
	Monotonic     []string  `yaml:"monotonic"`       // columns whose values never fall; only with a key
}

// Reads says whether a source can read the past of a table.
type Reads string

// The past of a window table can be read at any time. A snapshot table can only be read as it is now.
const (
	Window   Reads = "window"
	Snapshot Reads = "snapshot"
)

// Due says when a partition must have arrived: at a time of day, a number of calendar days after the
// partition's last day, in the pipeline's time zone. "1d 10:00" means 10:00 on the next day.
type Due struct{ Days, Hour, Minute int }

var dueRE = regexp.MustCompile(`^(\d{1,2})d ([01]\d|2[0-3]):([0-5]\d)$`)

// UnmarshalText parses the form "1d 10:00".
func (d *Due) UnmarshalText(text []byte) error {
	m := dueRE.FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("due %.40q is not like \"1d 10:00\": days after the partition's last day, and a time", text)
	}
	d.Days, _ = strconv.Atoi(m[1])
	d.Hour, _ = strconv.Atoi(m[2])
	d.Minute, _ = strconv.Atoi(m[3])
	return nil
}

// String formats d as UnmarshalText parses it.
func (d Due) String() string { return fmt.Sprintf("%dd %02d:%02d", d.Days, d.Hour, d.Minute) }

var nameRE = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// Parse reads pipeline.yaml. Its error names every fault.
func Parse(data []byte) (*Pipeline, error) {
	p := &Pipeline{}
	if err := decode(data, p); err != nil {
		return nil, err
	}
	var f faults
	var err error
	if !nameRE.MatchString(p.Name) {
		f.add("name %q is not lower snake case", p.Name)
	}
	if p.location, err = time.LoadLocation(p.Timezone); err != nil || p.Timezone == "" {
		f.add("timezone %q is not a name of the IANA time zone database, like Europe/London", p.Timezone)
	}
	if p.start, err = partition.Parse(p.Start); err != nil || p.start.Grain() != partition.Daily {
		f.add("start %q is not a day like 2026-01-01", p.Start)
	}
	if len(p.Sources) == 0 {
		f.add("no sources")
	}
	complete(p.Sources, &f)
	if err := errors.Join(f...); err != nil {
		return nil, err
	}
	return p, nil
}

// ParseSource reads the section of one source below its name, in YAML or JSON: {"kit": {"cadence": "daily", …}}.
// Its error names every fault.
func ParseSource(data []byte) (*Source, error) {
	var section map[string]*Source
	if err := decode(data, &section); err != nil {
		return nil, err
	}
	var f faults
	if len(section) != 1 {
		f.add("want the section of one source, got %d", len(section))
	}
	complete(section, &f)
	if err := errors.Join(f...); err != nil {
		return nil, err
	}
	return slices.Collect(maps.Values(section))[0], nil
}

func decode(data []byte, into any) error {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	return nil
}

type faults []error

func (f *faults) add(format string, args ...any) {
	*f = append(*f, fmt.Errorf("pipeline: "+format, args...))
}

// complete checks sources and fills in their names and defaults.
func complete(sources map[string]*Source, f *faults) {
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		if s := sources[name]; s == nil {
			f.add("source %s: empty", name)
		} else {
			s.Name = name
			s.complete(f)
		}
	}
}

func (s *Source) complete(f *faults) {
	s.Lookback = cmp.Or(s.Lookback, 1)
	if s.Start != "" {
		var err error
		if s.start, err = partition.Parse(s.Start); err != nil || s.start.Grain() != partition.Daily {
			f.add("source %s: start %q is not a day like 2026-01-01", s.Name, s.Start)
		}
	}
	if !nameRE.MatchString(s.Name) {
		f.add("source %q: the name is not lower snake case", s.Name)
	}
	if s.Description == "" {
		f.add("source %s: no description", s.Name)
	}
	if !s.Cadence.Valid() {
		f.add("source %s: cadence %q is neither daily nor monthly", s.Name, s.Cadence)
	}
	if s.Due == (Due{}) {
		f.add("source %s: no due time", s.Name)
	}
	if s.Lookback < 1 || s.Lookback > 62 {
		f.add("source %s: lookback %d is not 1 to 62", s.Name, s.Lookback)
	}
	if len(s.Tables) == 0 {
		f.add("source %s: no tables", s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		t := s.Tables[name]
		if t == nil {
			f.add("table %s: empty", name)
			continue
		}
		t.Name = name
		if !strings.HasPrefix(name, s.Name+"_") {
			f.add("table %s: the name does not begin with its source's, %s_", name, s.Name)
		}
		if t.Description == "" {
			f.add("table %s: no description", name)
		}
		if t.Reads != Window && t.Reads != Snapshot {
			f.add("table %s: reads %q is neither window nor snapshot", name, t.Reads)
		}
		t.completeGuard(f)
	}
}

// Location returns the time zone of schedules and due times.
func (p *Pipeline) Location() *time.Location { return p.location }

// StartDay returns the first day that any source must load.
func (p *Pipeline) StartDay() partition.Partition { return p.start }

// WithStart returns a copy of p that starts on another day.
func (p *Pipeline) WithStart(day partition.Partition) *Pipeline {
	c := *p
	c.start, c.Start = day, day.String()
	return &c
}

// Expected reports whether q ends after the pipeline's start. No source must load what lies before it.
func (p *Pipeline) Expected(q partition.Partition) bool { return q.End().After(p.start.Start()) }

// Owes reports whether s must load q: whether q ends after the pipeline's start, and after the source's own
// start if it has one.
func (p *Pipeline) Owes(s *Source, q partition.Partition) bool {
	return p.Expected(q) && (s.start.IsZero() || q.End().After(s.start.Start()))
}

// FirstDay returns the first day that s must load: the pipeline's start, or the source's own if that is later.
func (p *Pipeline) FirstDay(s *Source) partition.Partition {
	if s.start.IsZero() || s.start.Compare(p.start) < 0 {
		return p.start
	}
	return s.start
}

// SortedSources returns the sources in order of their names.
func (p *Pipeline) SortedSources() []*Source {
	var list []*Source
	for _, name := range slices.Sorted(maps.Keys(p.Sources)) {
		list = append(list, p.Sources[name])
	}
	return list
}

// Owner returns the source of a table, given by its full name "raw.medium_stories". It returns nil if there is none.
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

// SortedTables returns the full names of the source's tables, like "raw.medium_stories", in order.
func (s *Source) SortedTables() []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		list = append(list, "raw."+name)
	}
	return list
}

// RequiredTables returns the full names of the source's tables that must arrive, in order: all that are not optional.
func (s *Source) RequiredTables() []string {
	return slices.DeleteFunc(s.SortedTables(), func(name string) bool { return s.Table(name).Optional })
}

// Table returns the source's table of a full name, like "raw.medium_stories". It returns nil if there is none.
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

// Readable reports whether a table's partition can be read at the source at now: every one of a window table, but of a
// snapshot only the newest complete one. A snapshot of the past can be loaded only if it was staged.
func (s *Source) Readable(table string, p partition.Partition, now time.Time) bool {
	return s.Table(table).Reads == Window || p == partition.NewestComplete(s.Cadence, now)
}

// Loads returns the partitions of a table that a load of p replaces, oldest first: only p for a
// snapshot table, and the last Lookback partitions up to p for a window table.
func (s *Source) Loads(table string, p partition.Partition) iter.Seq[partition.Partition] {
	first := p
	if s.Table(table).Reads == Window {
		first = p.Add(1 - s.Lookback)
	}
	return partition.Range(first, p)
}

// DueAt returns the instant by which q must have arrived. It counts calendar days in the time zone loc, so a
// clock change does not shift it. A time that a clock change skips becomes the instant that time.Date gives it.
func (s *Source) DueAt(q partition.Partition, loc *time.Location) time.Time {
	last := q.End().AddDate(0, 0, -1)
	return time.Date(last.Year(), last.Month(), last.Day()+s.Due.Days, s.Due.Hour, s.Due.Minute, 0, 0, loc)
}
