// Package manifest is what scripts/modelc has found out about the models, for those that run them: the coordinator
// and the commands. It is data only; nothing here knows SQL.
package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
)

// Version is the version of manifest.json that this package reads.
const Version = 1

// Manifest is the whole of manifest.json. Models stand in dependency order: a model after every model that it reads.
type Manifest struct {
	Version int      `json:"version"`
	Models  []*Model `json:"models"`
}

// Model is one SQL file.
type Model struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Grain       partition.Grain `json:"grain"`
	// Materialized is how the result becomes mart.<name>.
	Materialized Materialization `json:"materialized"`
	// Strategy is set for incremental models only.
	Strategy    Strategy `json:"incremental_strategy,omitempty"`
	UniqueKey   []string `json:"unique_key,omitempty"`
	PartitionBy string   `json:"partition_by,omitempty"` // a DATE column; all of a run's rows lie in its partition
	ClusterBy   []string `json:"cluster_by,omitempty"`
	Inputs      []Input  `json:"inputs"` // sorted by table
	Columns     []Column `json:"columns"`
	// SQLHash is SHA-256, in hexadecimal, over everything that decides what a run publishes: the SQL with comments and
	// layout left out, and the header's materialization, key, partitioning and tests.
	SQLHash string `json:"sql_hash"`
	// Statements by dialect: "bigquery" as written, "duckdb" rewritten.
	SQL map[Dialect]Statements `json:"sql"`
	// Checks are the audit's tests in the order of its columns.
	Checks []Check `json:"checks"`
}

// Materialization is how a model's result becomes a table.
type Materialization string

// Incremental replaces one partition (or merges into it); Table replaces the whole table.
const (
	Incremental Materialization = "incremental"
	Table       Materialization = "table"
)

// Strategy is how an incremental model's partition is written.
type Strategy string

// InsertOverwrite replaces the partition; Merge upserts its rows by the unique key and deletes those of the partition
// that are no longer there.
const (
	InsertOverwrite Strategy = "insert_overwrite"
	Merge           Strategy = "merge"
)

// Dialect names a warehouse's SQL.
type Dialect string

// The dialects that modelc writes.
const (
	BigQuery Dialect = "bigquery"
	DuckDB   Dialect = "duckdb"
)

// Statements are one model's SQL in one dialect. In Audit and Merge the text StagePlaceholder stands for the staged
// table's name, which is different for each run.
type Statements struct {
	// Stage is the model's query, with the parameters @partition_date and @partition_end ($… in DuckDB).
	Stage string `json:"stage"`
	// Audit gives one row over the staged table: row_count, digest_0 … digest_7 (sums, as INT64, of the eight 32-bit
	// words, most significant first, of each row's SHA-256), then failures_0 … failures_<n-1>, one for each of Checks.
	Audit string `json:"audit"`
	// Merge is the MERGE from the staged table into mart.<name>; empty unless the strategy is merge.
	Merge string `json:"merge,omitempty"`
}

// StagePlaceholder stands for the staged table in Audit and Merge.
const StagePlaceholder = "{{stage}}"

// Check is one test of a model; a run whose check counts failures is not published.
type Check struct {
	Name   string `json:"name"`             // "unique", "not_null", …
	Column string `json:"column,omitempty"` // empty for a test of the whole model
	Text   string `json:"text"`             // what must hold, in words: "post_id is never null"
}

// Mapping says which of an input's partitions a model's partition waits for.
type Mapping string

// The mappings. See the design of a partition's roll call in coordinator/plan.
const (
	Same          Mapping = "same"           // the partition itself
	EachDay       Mapping = "each_day"       // a monthly model: every day of its month
	MonthOf       Mapping = "month_of"       // a daily model: the month that holds the day
	PreviousMonth Mapping = "previous_month" // the month before
	Latest        Mapping = "latest"         // the newest that has arrived of those that had ended when the partition did; there may be none
	LastNDays     Mapping = "last_n_days"    // the day itself, and what has arrived of the n-1 days before
)

// Input is one table that a model reads.
type Input struct {
	Table   string          `json:"table"` // "raw.medium_stories", "mart.story_days"
	Grain   partition.Grain `json:"grain"` // the input's own
	Mapping Mapping         `json:"mapping"`
	N       int             `json:"n,omitempty"` // of last_n_days
}

// Column is one output column.
type Column struct {
	schema.Field
	// Lineage are the input columns that this column's value is made from, sorted.
	Lineage []ColumnRef `json:"lineage,omitempty"`
}

// ColumnRef names a column of a table.
type ColumnRef struct {
	Table  string `json:"table"`
	Column string `json:"column"`
}

// String is "raw.medium_stories.views".
func (r ColumnRef) String() string { return r.Table + "." + r.Column }

// TableName is the model's published table, "mart.<name>".
func (m *Model) TableName() string { return "mart." + m.Name }

// Schema is the model's output columns as a table's schema.
func (m *Model) Schema() schema.Schema {
	s := make(schema.Schema, len(m.Columns))
	for i, c := range m.Columns {
		s[i] = c.Field
	}
	return s
}

// Parse reads manifest.json. It reports a version it does not know, and models out of dependency order.
func Parse(data []byte) (*Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if m.Version != Version {
		return nil, fmt.Errorf("manifest: version %d is not %d; run go generate ./coordinator/models", m.Version, Version)
	}
	var faults []error
	known := map[string]bool{}
	for _, model := range m.Models {
		for _, in := range model.Inputs {
			if len(in.Table) > 5 && in.Table[:5] == "mart." && !known[in.Table] {
				faults = append(faults, fmt.Errorf("manifest: model %s reads %s, which does not stand before it", model.Name, in.Table))
			}
		}
		known[model.TableName()] = true
	}
	return &m, errors.Join(faults...)
}

// Model is the model with the given name, nil when there is none.
func (m *Manifest) Model(name string) *Model {
	i := slices.IndexFunc(m.Models, func(x *Model) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return m.Models[i]
}

// Readers are the models that read a table, in dependency order.
func (m *Manifest) Readers(table string) []*Model {
	var list []*Model
	for _, model := range m.Models {
		if slices.ContainsFunc(model.Inputs, func(in Input) bool { return in.Table == table }) {
			list = append(list, model)
		}
	}
	return list
}
