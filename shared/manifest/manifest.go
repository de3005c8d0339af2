// Package manifest defines manifest.json: the compiled models. scripts/modelc writes it, the coordinator and
// the commands read it. The package holds data only and does not parse SQL.
package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Version is the version of manifest.json that this package reads.
const Version = 1

// Manifest holds the content of manifest.json. Each model comes after all models that it reads.
type Manifest struct {
	Version int      `json:"version"`
	Models  []*Model `json:"models"`
}

// Model holds one compiled SQL file.
type Model struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Grain       partition.Grain `json:"grain"`
	// Materialized says how the result becomes mart.<name>.
	Materialized Materialization `json:"materialized"`
	// Strategy is set for incremental models only.
	Strategy    Strategy `json:"incremental_strategy,omitempty"`
	UniqueKey   []string `json:"unique_key,omitempty"`
	PartitionBy string   `json:"partition_by,omitempty"` // a DATE column; all rows of a run are in one partition
	ClusterBy   []string `json:"cluster_by,omitempty"`
	Inputs      []Input  `json:"inputs"` // sorted by table
	Columns     []Column `json:"columns"`
	// SQL holds the statements for each dialect. Those for BigQuery are as written, except that each input is restricted to
	// the partitions that its mappings name. Those for DuckDB are translated from these.
	SQL map[Dialect]Statements `json:"sql"`
	// SQLHash is the hash of the statements in the dialect that the manifest was read for.
	SQLHash string `json:"-"`
	// Checks lists the tests of the audit, in the order of its columns.
	Checks []Check `json:"checks"`
}

// Materialization says how a model's result becomes a table.
type Materialization string

// Incremental replaces one partition (or merges into it); Table replaces the whole table.
const (
	Incremental Materialization = "incremental"
	Table       Materialization = "table"
)

// Strategy says how an incremental model's partition is written.
type Strategy string

// InsertOverwrite replaces the partition. Merge upserts its rows by the unique key, and deletes the rows of the
// partition that the result no longer has.
const (
	InsertOverwrite Strategy = "insert_overwrite"
	Merge           Strategy = "merge"
)

// Dialect names the SQL dialect of a warehouse.
type Dialect string

// The dialects that modelc writes.
const (
	BigQuery Dialect = "bigquery"
	DuckDB   Dialect = "duckdb"
)

// Statements holds one model's SQL in one dialect. Replace StagePlaceholder in Audit and Merge by the name of
// the run's staging table.
type Statements struct {
	// Hash is the SHA-256, in hexadecimal, of everything that affects what a run in this dialect publishes: the statements
	// without comments and layout, and the header's materialization, key, partitioning, mappings and severities.
	Hash string `json:"hash"`
	// Stage is the model's query. Its parameters ($… in DuckDB) are @partition_date, @partition_end, and those that
	// Input.Parameters names.
	Stage string `json:"stage"`
	// Audit returns one row about the staging table: row_count; digest_0 … digest_7, the sums (INT64) of the
	// eight 32-bit words of each row's SHA-256, most significant first; failures_0 … failures_<n-1>, one for
	// each of Checks.
	Audit string `json:"audit"`
	// Merge is the MERGE from the staging table into mart.<name>; empty unless the strategy is merge.
	Merge string `json:"merge,omitempty"`
}

// StagePlaceholder stands for the staging table in Audit and Merge.
const StagePlaceholder = "{{stage}}"

// Check is one test of a model. A run with failures is not published, unless all of them only warn.
type Check struct {
	Name     string   `json:"name"`             // "unique", "not_null", …
	Column   string   `json:"column,omitempty"` // empty for a test of the whole model
	Text     string   `json:"text"`             // what must hold, in words: "post_id is never null"
	Severity Severity `json:"severity,omitempty"`
}

// Severity says what follows when a check fails.
type Severity string

// Error keeps the rows from being published; an empty Severity means the same. Warn publishes them, and the run's record
// and log name the check.
const (
	Error Severity = "error"
	Warn  Severity = "warn"
)

// Mapping says which partitions of an input a model's partition waits for.
type Mapping string

// The mappings. Package coordinator/plan applies them.
const (
	Same          Mapping = "same"           // the partition itself
	EachDay       Mapping = "each_day"       // a monthly model: every day of its month
	MonthOf       Mapping = "month_of"       // a daily model: the month that holds the day
	PreviousMonth Mapping = "previous_month" // the month before
	// the newest that has arrived, among those that end no later than the partition; may be none
	Latest    Mapping = "latest"
	LastNDays Mapping = "last_n_days" // the day itself, and those of the n-1 days before that have arrived
	// those that have arrived of the n newest months that have ended when the model's partition ends; a monthly model waits
	// for its own month
	LastNMonths Mapping = "last_n_months"
	// every partition that has arrived and has ended when the model's partition ends; the model waits for those that lie in
	// its own partition
	All Mapping = "all"
)

// The most partitions that last_n_days and last_n_months can name: a year and a day, and five years. The coordinator looks
// at each of them.
const (
	MaxDays   = 366
	MaxMonths = 60
)

// Input describes one table that a model reads.
type Input struct {
	Table   string          `json:"table"` // "raw.medium_stories", "mart.story_days"
	Grain   partition.Grain `json:"grain"` // the input's own
	Mapping Mapping         `json:"mapping"`
	N       int             `json:"n,omitempty"` // of last_n_days and last_n_months
}

// The parameters of every statement: the first day of a run's partition, and the day after its last.
const (
	PartitionDate = "partition_date"
	PartitionEnd  = "partition_end"
)

// Parameters returns the names of the two DATE parameters that bound what a statement reads of the input: from
// is the first day, until the day after the last.
func (in Input) Parameters() (from, until string) {
	if in.Mapping == Same || in.Mapping == EachDay {
		return PartitionDate, PartitionEnd
	}
	mapping := strings.ReplaceAll(string(in.Mapping), "_n_", fmt.Sprintf("_%d_", in.N))
	name := strings.ReplaceAll(in.Table, ".", "_") + "_" + mapping
	return name + "_from", name + "_until"
}

// Column describes one output column.
type Column struct {
	schema.Field
	// Lineage lists the input columns that the value is computed from, sorted.
	Lineage []ColumnRef `json:"lineage,omitempty"`
}

// ColumnRef names a column of a table.
type ColumnRef struct {
	Table  string `json:"table"`
	Column string `json:"column"`
}

// String returns "table.column", as in "raw.medium_stories.views".
func (r ColumnRef) String() string { return r.Table + "." + r.Column }

// ReadsAll reports whether an input of the model can have the mapping all. A daily model would read the whole past in each
// of its partitions, and a restated day would run all later ones again.
func (m *Model) ReadsAll() bool { return m.Grain == partition.Monthly || m.Materialized == Table }

// TableName returns the name of the model's published table, "mart.<name>".
func (m *Model) TableName() string { return "mart." + m.Name }

// Schema returns the model's output columns as a table's schema.
func (m *Model) Schema() schema.Schema {
	s := make(schema.Schema, len(m.Columns))
	for i, c := range m.Columns {
		s[i] = c.Field
	}
	return s
}

// Parse reads manifest.json for a warehouse of the given dialect. It refuses an unknown version and models out of
// dependency order.
func Parse(data []byte, dialect Dialect) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.Version != Version {
		return nil, fmt.Errorf("manifest: version %d is not %d; fix: go generate ./coordinator/models", m.Version, Version)
	}
	var errs []error
	known := map[string]bool{}
	for n, model := range m.Models {
		if model == nil {
			return nil, fmt.Errorf("manifest: model %d is null; fix: go generate ./coordinator/models", n+1)
		}
		for _, in := range model.Inputs {
			if strings.HasPrefix(in.Table, "mart.") && !known[in.Table] {
				errs = append(errs, fmt.Errorf("manifest: model %s reads %s, which does not come before it", model.Name, in.Table))
			}
		}
		known[model.TableName()] = true
		model.SQLHash = model.SQL[dialect].Hash
	}
	return &m, errors.Join(errs...)
}

// Model returns the model with the given name; nil if there is none.
func (m *Manifest) Model(name string) *Model {
	i := slices.IndexFunc(m.Models, func(x *Model) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return m.Models[i]
}

// Readers returns the models that read a table, in dependency order.
func (m *Manifest) Readers(table string) []*Model {
	var list []*Model
	for _, model := range m.Models {
		if slices.ContainsFunc(model.Inputs, func(in Input) bool { return in.Table == table }) {
			list = append(list, model)
		}
	}
	return list
}
