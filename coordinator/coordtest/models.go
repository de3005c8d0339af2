package coordtest

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
)

// Tables holds contents by table and partition.
type Tables map[string]map[partition.Partition]string

// Model completes a model for Warehouse: its statements, one check, and the hash of its SQL. The version
// stands for what its SQL says; a version that begins with "rough" looks at the first letter of each input
// only, so that its output often stays the same when an input changes.
func Model(m manifest.Model, version string) *manifest.Model {
	if m.Materialized == "" {
		m.Materialized, m.Strategy = manifest.Incremental, manifest.InsertOverwrite
	}
	m.Description = "A model of a test."
	m.PartitionBy = "day"
	m.Columns = []manifest.Column{{Field: schema.Field{Name: "day", Type: schema.Date, Mode: schema.Required}}}
	m.SQLHash = version
	m.Checks = []manifest.Check{{Name: "expression", Text: "the content is not bad"}}
	m.SQL = map[manifest.Dialect]manifest.Statements{manifest.BigQuery: {
		Stage: "stage " + m.Name + " @partition_date",
		Audit: "audit " + manifest.StagePlaceholder,
		Merge: "merge " + manifest.StagePlaceholder + " @partition_date",
	}}
	return &m
}

// Bad reports whether a content fails its audit.
func Bad(content string) bool { return strings.HasSuffix(content, " BAD") }

// Evaluate computes a model's partition from the contents of tables. It shares no code with package plan on
// purpose, and interprets an input's mapping in its own way. An input of content "broken <model>" breaks
// that model's SQL, and one of "bad <model>" makes its audit fail.
func Evaluate(m *manifest.Model, p partition.Partition, tables Tables,
	start partition.Partition) (content string, broken bool) {
	var parts []string
	bad := false
	for _, in := range m.Inputs {
		for q, text := range tables[in.Table] {
			if !reads(in, p, q, tables[in.Table], start) {
				continue
			}
			broken = broken || text == "broken "+m.Name
			bad = bad || text == "bad "+m.Name
			if strings.HasPrefix(m.SQLHash, "rough") {
				text = text[:1]
			}
			parts = append(parts, fmt.Sprintf("%s %s=%s", in.Table, q, text))
		}
	}
	slices.Sort(parts)
	content = fmt.Sprintf("%s(%s)", m.Name, strings.Join(slices.Compact(parts), ", "))
	if len(content) > 200 {
		content = fmt.Sprintf("%s(%d parts, %x)", m.Name, len(parts), sha256.Sum256([]byte(content)))
	}
	if m.SQLHash != "" && !strings.HasPrefix(m.SQLHash, "rough") {
		content = m.SQLHash + " " + content
	}
	if bad {
		content += " BAD"
	}
	return content, broken
}

// Any reports whether tables hold anything that a model's partition reads.
func Any(m *manifest.Model, p partition.Partition, tables Tables, start partition.Partition) bool {
	for _, in := range m.Inputs {
		for q := range tables[in.Table] {
			if reads(in, p, q, tables[in.Table], start) {
				return true
			}
		}
	}
	return false
}

// Setting holds what differs between the pipelines of tests.
type Setting struct {
	Start string            // first day
	Zone  string            // time zone; empty: UTC
	Added map[string]string // by source, the first day of one that was added later
	Only  []string          // sources; nil: all
}

// Pipeline returns a pipeline of two daily sources, a monthly one, and a monthly one that a person loads.
func Pipeline(s Setting) (*pipeline.Pipeline, error) {
	source := func(name string) string {
		if s.Added[name] == "" {
			return name + ":"
		}
		return name + ":\n    start: " + s.Added[name]
	}
	p, err := pipeline.Parse([]byte(`
name: test
timezone: ` + cmp.Or(s.Zone, "UTC") + `
start: ` + s.Start + `
sources:
  ` + source("medium") + `
    description: Daily.
    cadence: daily
    schedule: "30 7 * * *"
    due: "1d 10:00"
    lookback: 2
    tables:
      medium_stories: {description: A snapshot., reads: snapshot}
      medium_story_days: {description: A window., reads: window}
  ` + source("kit") + `
    description: Daily.
    cadence: daily
    schedule: "0 7 * * *"
    due: "1d 10:00"
    tables:
      kit_subscribers: {description: A snapshot., reads: snapshot}
  ` + source("stripe") + `
    description: Monthly.
    cadence: monthly
    schedule: "0 8 1-5 * *"
    due: "3d 10:00"
    tables:
      stripe_transactions: {description: A window., reads: window}
  ` + source("drops") + `
    description: Monthly, by a person.
    cadence: monthly
    due: "5d 18:00"
    tables:
      drops_stories: {description: A window., reads: window}
`))
	if err == nil && s.Only != nil {
		maps.DeleteFunc(p.Sources, func(name string, _ *pipeline.Source) bool { return !slices.Contains(s.Only, name) })
	}
	return p, err
}

// reads reports whether partition p of a model reads partition q of an input.
func reads(in manifest.Input, p, q partition.Partition, present map[partition.Partition]string,
	start partition.Partition) bool {
	if q.IsZero() { // a whole table
		return true
	}
	candidate := func(q partition.Partition) bool { return !q.End().After(p.End()) && q.End().After(start.Start()) }
	switch in.Mapping {
	case manifest.Same:
		return p == q
	case manifest.EachDay:
		return p.Contains(q)
	case manifest.MonthOf:
		return q.Contains(p)
	case manifest.PreviousMonth:
		return q.Contains(partition.Day(p.Month().Start().AddDate(0, 0, -1)))
	case manifest.LastNDays:
		age := int(p.Start().Sub(q.Start()).Hours()) / 24
		return age >= 0 && age < in.N
	case manifest.LastNMonths:
		oldest := time.Date(p.End().Year(), p.End().Month()-time.Month(in.N), 1, 0, 0, 0, 0, time.UTC)
		return !q.Start().Before(oldest) && !q.End().After(p.End())
	case manifest.All:
		return candidate(q)
	case manifest.Latest:
		for other := range present {
			if candidate(other) && other.Start().After(q.Start()) {
				return false
			}
		}
		return candidate(q)
	}
	return false
}
