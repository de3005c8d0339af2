// Package deployment describes a place where Rollcall runs, a data folder of this machine or a project on
// Google Cloud, so that the commands read both and work in both in the same way.
//
// A Deployment is enough to read. datadir.Open and gcp.Open return one each, and start nothing. A Worker
// changes things: local.Open returns one that has everything in this process, and gcp.Project.Work another.
package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Deployment reads a place where Rollcall runs: a data folder or a project. It may be used from many goroutines.
type Deployment struct {
	Name     string             // of the folder or the project
	Local    bool               // a data folder, not a project
	Flag     string             // what names it on a command line: "--project my-mart"; empty for the default folder
	Pipeline *pipeline.Pipeline // with the start that counts here
	Manifest *manifest.Manifest
	// Unavailable reports whether a table's partition that has not arrived can never arrive, which is not a fault.
	// Nil: none.
	Unavailable func(s *pipeline.Source, table string, p partition.Partition, now time.Time) bool
	Store       ledger.Store // of the ledger's objects; read-only unless a Worker is open as well
	Staging     coordinator.Staging
	// AnyDay reports whether a source answers as of any past day, as the invented services do. Nil: none does.
	AnyDay      func(source string) bool
	DeadLetters DeadLetters
	Drops       Quarantine
	// Gone is passed on as coordinator.Deps.Gone.
	Gone func() *ledger.Gone
	// Estimate returns how many bytes a run of a model's partition would read, without running it. inputs is
	// what the roll call finds present. Nil: nothing is billed by bytes.
	Estimate func(ctx context.Context, m *manifest.Model, p partition.Partition, inputs []ledger.Arrival) (int64, error)
	Close    func() error
}

// DeadLetters holds the messages that could not be processed.
type DeadLetters interface {
	// ListDeadLetters returns them, oldest first, at most limit. It removes none.
	ListDeadLetters(ctx context.Context, limit int) ([]event.DeadLetter, error)
}

// Quarantine holds the dropped files that could not be read.
type Quarantine interface {
	// Reasons returns the reasons beside the files, as JSON by object name, at most limit.
	Reasons(ctx context.Context, limit int) (map[string][]byte, error)
}

// Refused is a dropped file that could not be read, and why.
type Refused struct {
	Object     string    `json:"object"` // without gs:// and bucket: drops/medium/stories.json
	Copy       string    `json:"-"`      // its name in quarantine
	Generation int64     `json:"generation,string"`
	Reason     string    `json:"reason"`
	Hint       string    `json:"hint"`
	When       time.Time `json:"when"`
}

// ReasonSuffix ends the names of the objects that say why a file is in quarantine; all of them begin with
// QuarantinePrefix.
const (
	QuarantinePrefix = "quarantine/"
	ReasonSuffix     = ".reason.json"
)

// Refused returns the files in quarantine, by name, at most limit.
func (d *Deployment) Refused(ctx context.Context, limit int) ([]Refused, error) {
	texts, err := d.Drops.Reasons(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: read the quarantine: %w", d.Name, err)
	}
	var list []Refused
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		var r Refused
		if err := json.Unmarshal(texts[name], &r); err != nil {
			return nil, fmt.Errorf("%s: %s does not say why a file is in quarantine: %w", d.Name, name, err)
		}
		r.Copy = strings.TrimSuffix(name, ReasonSuffix)
		list = append(list, r)
	}
	return list, nil
}

// Reporter returns a coordinator that reads how everything stands, with the time from now. It cannot run
// anything. It keeps what it has read of records, which never change.
func (d *Deployment) Reporter(now func() time.Time) (*coordinator.Coordinator, error) {
	return coordinator.New(coordinator.DefaultLimits(), coordinator.Deps{Pipeline: d.Pipeline,
		Manifest: d.Manifest, Store: d.Store, Staging: d.Staging, Gone: d.Gone, Now: now})
}
