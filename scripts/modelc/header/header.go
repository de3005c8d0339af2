// Package header reads the comment that begins a model's file: YAML, in the words of dbt, that says what the query's
// result is, how it becomes a table, and what must hold of it.
//
// A file is one comment /* … */ whose first line is "/*" alone, then one GoogleSQL query. The keys are those of Header,
// Column and Test; any other is a fault.
package header

import (
	"slices"

	"example.com/rollcall/scripts/internal/diag"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
)

// Header is what a model's file says of itself.
type Header struct {
	Description  string
	Grain        partition.Grain
	Materialized manifest.Materialization
	Strategy     manifest.Strategy // of an incremental model; insert_overwrite when not given
	PartitionBy  string            // of an incremental model
	UniqueKey    []string
	ClusterBy    []string
	Inputs       []Input // only those whose mapping is written down
	Columns      []Column
	Tests        []Test // of the whole model

	positions map[string]diag.Pos // of the header's own keys
}

// At is the place of one of the header's own keys, or of the file's beginning when the key is not there.
func (h *Header) At(key string) diag.Pos {
	if pos, ok := h.positions[key]; ok {
		return pos
	}
	return diag.Pos{Line: 1, Col: 1}
}

// Column is one output column.
type Column struct {
	Name        string
	Description string
	Tests       []Test
	Pos         diag.Pos
}

// Column is the column with the given name, nil when there is none.
func (h *Header) Column(name string) *Column {
	i := slices.IndexFunc(h.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &h.Columns[i]
}

// Input is one mapping of one table; a table may have more than one.
type Input struct {
	Table   string
	Mapping manifest.Mapping
	N       int // of last_n_days
	Pos     diag.Pos
}

// Kind is a kind of test.
type Kind string

// The tests. Unique and Expression may stand on the whole model as well as on a column.
const (
	NotNull        Kind = "not_null"
	Unique         Kind = "unique"
	AcceptedValues Kind = "accepted_values"
	Relationships  Kind = "relationships"
	Expression     Kind = "expression"
)

// Test is one thing that must hold of the model's rows.
type Test struct {
	Kind       Kind
	Columns    []string // of unique: the columns that are one key
	Values     []string // of accepted_values: GoogleSQL literals
	To, Field  string   // of relationships: a table, mart.<model> or raw.<table>, and its column
	Expression string   // a GoogleSQL condition
	Pos        diag.Pos
}
