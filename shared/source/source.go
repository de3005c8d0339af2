// Package source is the frame around every source. Each source supplies its Extract, which reads the service;
// the frame does the rest.
//
// A run takes the same steps for every source and stops at the first that fails:
//
//  1. The request says which partition to load; see Handler.
//  2. Extract reads everything. The frame stages the rows in Cloud Storage and computes their digest. Nothing has reached
//     the warehouse yet, so a failure leaves the tables as they were.
//  3. The frame judges what was staged by what stood before; see judge. What it refuses stays staged, and is loaded
//     only if a person accepts it; see Runner.Accept.
//  4. One load job replaces each table's partition.
//  5. One loaded event is published for each partition, after all of its tables have been loaded.
//
// Every step can be repeated. A run that crashed is simply run again. A run that failed leaves failed.json beside
// what it staged, by which the coordinator and the commands know why.
//
// What a source must load, and when, is declared in its section of pipeline.yaml. The section is given to
// NewRunner, so that it can change without a new build of the function.
package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/storage"
	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/shared/cloudlog"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
	"example.com/rollcall/shared/schema"
	"example.com/rollcall/shared/stage"
	"example.com/rollcall/shared/warehouse"
)

// Source holds what the code of one source defines. Its section of pipeline.yaml declares the rest.
type Source struct {
	Name    string
	Schemas map[string]schema.Schema // by table name, without the dataset: "medium_stories"
	Extract Extract
	// Secrets never appear in an answer, an error or a log line of this source.
	Secrets []string
}

// Extract reads all that the request asks for and writes it to out. It returns after it has read every page of
// every table. If it returns an error, nothing is loaded.
type Extract func(ctx context.Context, req Request, out *Output) error

// Request says what Extract must read.
type Request struct {
	Partition partition.Partition
	// Window holds the partitions to write of each window table, oldest first. The last one is Partition.
	Window []partition.Partition
	// Snapshot reports whether Partition is the newest complete one, so that the snapshot tables must be written too.
	Snapshot bool
	// Tables holds the names of the tables to write; nil means all.
	Tables []string
}

// FromEnv makes a source from settings that it reads from env, by the tags of C.
func FromEnv[C any](ctx context.Context, env envconfig.Lookuper, newSource func(C) (*Source, error)) (*Source, error) {
	var cfg C
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &cfg, Lookuper: env}); err != nil {
		return nil, err
	}
	return newSource(cfg)
}

// Deps holds what a source works with.
type Deps struct {
	Section   *pipeline.Source // of this source
	Pipeline  string           // the pipeline's name, a label on every job
	Staging   *storage.BucketHandle
	Warehouse warehouse.Driver
	Publish   func(ctx context.Context, e event.Event) error
	Now       func() time.Time // nil: time.Now
	AsOf      func() time.Time // the time as of which the service answers, if it is not a real one; nil: Now
	Log       *slog.Logger     // nil: slog.Default
}

// Runner runs one source with the services that it works with.
type Runner struct {
	*Source
	section *pipeline.Source
	deps    Deps
	redact  cloudlog.Redactor
	ids     loadIDs
}

// NewRunner returns a Runner, after it has checked that the source's section of pipeline.yaml fits its code.
// The error names every fault.
func NewRunner(s *Source, deps Deps) (*Runner, error) {
	if err := checkSection(s, deps.Section); err != nil {
		return nil, err
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.AsOf == nil {
		deps.AsOf = deps.Now
	}
	if deps.Log == nil {
		deps.Log = slog.Default()
	}
	return &Runner{Source: s, section: deps.Section, deps: deps, redact: cloudlog.NewRedactor(s.Secrets...)}, nil
}

func checkSection(s *Source, section *pipeline.Source) error {
	if section == nil || section.Name != s.Name {
		return fmt.Errorf("source %s: the section of pipeline.yaml that it was given is not its own", s.Name)
	}
	var faults []error
	for _, table := range slices.Sorted(maps.Keys(section.Tables)) {
		if s.Schemas[table] == nil {
			faults = append(faults, fmt.Errorf("source %s: pipeline.yaml declares table %s, which the function does not have; "+
				"fix: remove it there, or add functions/%s/schema/%s.json and package again", s.Name, table, s.Name, table))
		}
	}
	for _, table := range slices.Sorted(maps.Keys(s.Schemas)) {
		if section.Tables[table] == nil {
			faults = append(faults, fmt.Errorf("source %s: the function has table %s, which pipeline.yaml does not declare; "+
				"fix: declare it below %s in coordinator/pipeline.yaml and run terraform apply", s.Name, table, s.Name))
			continue
		}
		faults = append(faults, checkGuard(s, section.Tables[table])...)
	}
	return errors.Join(faults...)
}

// checkGuard reports columns by which a table is judged and that it does not have.
func checkGuard(s *Source, table *pipeline.Table) (faults []error) {
	for _, name := range table.Key {
		if f, ok := s.Schemas[table.Name].Field(name); !ok || f.Mode == schema.Repeated {
			faults = append(faults, fmt.Errorf("source %s: pipeline.yaml declares %s as key of table %s, which has no such "+
				"single value; fix: name columns of functions/%s/schema/%s.json", s.Name, name, table.Name, s.Name, table.Name))
		}
	}
	for _, name := range table.Monotonic {
		if f, ok := s.Schemas[table.Name].Field(name); !ok || f.Type != schema.Int64 || f.Mode == schema.Repeated {
			faults = append(faults, fmt.Errorf("source %s: pipeline.yaml declares %s of table %s as monotonic, which is no "+
				"INT64 column of it; fix: name columns of functions/%s/schema/%s.json", s.Name, name, table.Name, s.Name, table.Name))
		}
	}
	return faults
}

// Error is a failure that the same request would meet again. Any other error may pass by itself.
type Error struct {
	Err  error
	Hint string // what a person can do: "log in to Medium and store the new cookie in MEDIUM_SID"
}

// Error returns the message with its hint.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%v; fix: %s", e.Err, e.Hint)
}

// Unwrap returns the error without its hint.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an *Error with a hint and a formatted message.
func Errorf(hint, format string, args ...any) error {
	return &Error{Err: fmt.Errorf(format, args...), Hint: hint}
}

// RefusedError reports that everything was read and staged, and that it must not be loaded unless a person accepts it.
type RefusedError struct {
	Refusals []stage.Refusal
	Hint     string
	Retry    bool // the source may send something else later
}

// Error returns all reasons with the hint.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s; fix: %s", strings.Join(stage.Reasons(e.Refusals), "; "), e.Hint)
}

// ErrNoSnapshot reports that a past partition of a snapshot table was requested and none is staged.
var ErrNoSnapshot = errors.New("no snapshot of that partition is staged")

// definition returns the table as the warehouse creates it.
func (r *Runner) definition(table string) (warehouse.Definition, error) {
	columns := r.Schemas[table]
	column, err := columns.PartitionColumn()
	return warehouse.Definition{
		Table: rawTable(table), Schema: columns, PartitionBy: column, Grain: r.section.Cadence,
		// A newer release may have added columns. They keep their data when an older one is deployed again.
		AllowExtra: true,
	}, err
}

func rawTable(name string) warehouse.Table { return warehouse.Table{Dataset: "raw", Name: name} }
