// Package source is the frame around every source: what the five functions have in common, so that each is little more
// than its Extract.
//
// A run goes through the same steps for every source, and stops at the first that fails:
//
//  1. The request says which partition; see Handler.
//  2. Extract reads everything, and the frame stages it in Cloud Storage while summing it up. Nothing has reached the
//     warehouse yet, so a failure leaves the tables as they were.
//  3. What was staged is checked: a table without rows is an error, never zeros, unless the source says that it is normal.
//  4. Each table's partition is replaced by one load job.
//  5. One loaded event goes out for each partition, after all of its tables.
//
// Every step may be repeated: a run that died is simply run again.
package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"cloud.google.com/go/storage"

	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/warehouse"
)

// Source is what makes one source different from another.
type Source struct {
	Name  string
	Grain partition.Grain
	// Lookback is how many partitions a run reads again, the one asked for among them; at least 1. Only window tables
	// look back.
	Lookback int
	Tables   []Table
	Extract  Extract
	// Secrets never appear in an answer, an error or a log line of this source.
	Secrets []string
}

// Extract reads all that the request asks for and writes it to out. It returns only when every page of every table has
// been read; an error means that nothing is loaded.
type Extract func(ctx context.Context, req Request, out *Output) error

// Table is one of a source's tables.
type Table struct {
	Name   string // without the dataset: "medium_stories"
	Schema schema.Schema
	// Snapshot tables only know now: they are written when the request's partition is the newest complete one, and loaded
	// again from what was staged when it is an older one. The others are window tables, which can be read for any past
	// partition.
	Snapshot bool
	// MayBeEmpty says that a partition without rows is normal.
	MayBeEmpty bool
}

// Request is what Extract is asked for.
type Request struct {
	Partition partition.Partition
	// Window are the partitions to write of each window table, oldest first; the last is Partition.
	Window []partition.Partition
	// Snapshot says that now still belongs to Partition, and that snapshot tables are to be written.
	Snapshot bool
	// Tables are those that are to be written; nil: all.
	Tables []string
}

// Deps are the services that a source works with.
type Deps struct {
	Staging   *storage.BucketHandle
	Warehouse warehouse.Driver
	Publish   func(ctx context.Context, e event.Event) error
	Now       func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: slog.Default
	Pipeline  string           // the pipeline's name, a label on every job
}

// Result is what a run has done.
type Result struct {
	Source    string              `json:"source"`
	Partition partition.Partition `json:"partition"`
	LoadID    string              `json:"load_id"`
	Tables    []Loaded            `json:"tables"`
	// Absent are snapshot tables that could not be had for an older partition, because nothing of them is staged.
	Absent []string `json:"absent,omitempty"`
}

// Loaded is one table's partition after its load.
type Loaded struct {
	Table     string              `json:"table"` // dataset.table
	Partition partition.Partition `json:"partition"`
	Rows      int64               `json:"rows"`
	Digest    string              `json:"digest"`
	LoadedAt  time.Time           `json:"loaded_at"`
}

// Error is a failure that the same request would meet again, and what a person can do about it. Any other error may pass.
type Error struct {
	Err  error
	Hint string // an instruction, as in "log in to Medium and store the new cookie in MEDIUM_SID"
}

func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v; fix: %s", e.Err, e.Hint)
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf is an *Error: what is wrong, formatted, and its hint.
func Errorf(hint, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Hint: hint}
}

// ErrNoSnapshot says that a snapshot of the past was asked for, and none is staged.
var ErrNoSnapshot = errors.New("no snapshot of that partition is staged")

func (s *Source) table(name string) *Table {
	for i := range s.Tables {
		if s.Tables[i].Name == name {
			return &s.Tables[i]
		}
	}
	return nil
}

// definition is the table as the warehouse makes it.
func (s *Source) definition(t *Table) (warehouse.Definition, error) {
	column, err := t.Schema.PartitionColumn()
	return warehouse.Definition{
		Table: rawTable(t.Name), Schema: t.Schema, PartitionBy: column, Grain: s.Grain,
	}, err
}

func rawTable(name string) warehouse.Table { return warehouse.Table{Dataset: "raw", Name: name} }
