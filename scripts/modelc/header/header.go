// Package header parses the comment that begins a model's file: YAML with the keys of dbt that describes the
// query's result, how it becomes a table, and which tests it must pass.
//
// A file is one comment /* … */ whose first line is "/*" alone, then one GoogleSQL query. The keys are those
// of [Header], [Column] and [Test]; any other key is an error.
package header

import (
	"slices"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Header holds the description of a model in its file.
type Header struct {
	Description  string
	Grain        partition.Grain
	Materialized manifest.Materialization
	Strategy     manifest.Strategy // of an incremental model; the default is insert_overwrite
	PartitionBy  string            // of an incremental model
	UniqueKey    []string
	ClusterBy    []string
	Inputs       []Input // only those with an explicit mapping
	Columns      []Column
	Tests        []Test // of the whole model

	positions map[string]diag.Pos // of the header's own keys
}

// At returns the place of one of the header's own keys, or the beginning of the file when the key is missing.
func (h *Header) At(key string) diag.Pos {
	if pos, ok := h.positions[key]; ok {
		return pos
	}
	return diag.Pos{Line: 1, Col: 1}
}

// Column describes an output column.
type Column struct {
	Name        string
	Description string
	Tests       []Test
	Pos         diag.Pos
}

// Column returns the column with the given name, or nil.
func (h *Header) Column(name string) *Column {
	i := slices.IndexFunc(h.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &h.Columns[i]
}

// Input is one mapping of one table. A table may have several.
type Input struct {
	Table   string
	Mapping manifest.Mapping
	N       int // of last_n_days and last_n_months
	Pos     diag.Pos
}

// Kind names a kind of test.
type Kind string

// The kinds of tests. Unique and Expression can apply to the whole model or to a column, the others to a
// column.
const (
	NotNull        Kind = "not_null"
	Unique         Kind = "unique"
	AcceptedValues Kind = "accepted_values"
	Relationships  Kind = "relationships"
	Expression     Kind = "expression"
)

// Test describes a condition that the model's rows must meet.
type Test struct {
	Kind       Kind
	Columns    []string // of unique: the columns of the key
	Values     []string // of accepted_values: GoogleSQL literals
	To, Field  string   // of relationships: a table, mart.<model> or raw.<table>, and its column
	Expression string   // a GoogleSQL condition
	Severity   manifest.Severity
	Pos        diag.Pos
}
