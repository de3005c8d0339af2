// Package deployment is what the commands in scripts/ stand on: one place where Rollcall runs, be it the data folder of this machine
// or a project on Google Cloud, read and worked in the same way.
//
// Reading a site needs no more than a Site: folder.Open and project.Open each make one, and neither starts anything. Whoever does
// something at a site needs a Worker as well: machine.Open is one, with everything in this process, and Project.Work another.
package deployment

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/explain"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Deployment is what can be read of one place where Rollcall runs. It may be used from many goroutines.
type Deployment struct {
	Name     string             // of the folder or the project
	Local    bool               // a data folder, not a project
	Flag     string             // what names it on a command line: "--project my-mart"; empty for the folder that is the default
	Pipeline *pipeline.Pipeline // with the start that counts there
	Manifest *manifest.Manifest
	// Untold reports whether nobody can ever tell of a table's partition that has not arrived, and it is no fault. Nil: of none.
	Untold      func(s *pipeline.Source, table string, p partition.Partition, now time.Time) bool
	Store       ledger.Store // of the ledger's objects; written to only where a Worker is open as well
	Staging     Staging
	DeadLetters DeadLetters
	Drops       Quarantine
	Close       func() error
}

// Staging tells what of the past can still be had.
type Staging interface {
	// Snapshots are those of a source's partitions from one to another, both included, for which its snapshot tables can be had
	// although only the newest can be read at the source: their files are staged.
	Snapshots(ctx context.Context, source string, from, to partition.Partition) (map[partition.Partition]bool, error)
}

// DeadLetters are the messages that nobody could use.
type DeadLetters interface {
	// ListDeadLetters are those that are kept, oldest first, at most so many. It takes none away.
	ListDeadLetters(ctx context.Context, limit int) ([]event.DeadLetter, error)
}

// Quarantine holds the dropped files that could not be read.
type Quarantine interface {
	// Reasons are the texts of the reasons beside the files, by object name, at most so many.
	Reasons(ctx context.Context, limit int) (map[string][]byte, error)
}

// Refused is a dropped file that could not be read, and why.
type Refused struct {
	Object     string    `json:"object"` // without gs:// and bucket: drops/medium/stories.json
	Generation int64     `json:"generation,string"`
	Reason     string    `json:"reason"`
	Hint       string    `json:"hint"`
	When       time.Time `json:"when"`
}

// ReasonSuffix ends the names of the objects that say why a file is in quarantine; all of them begin with QuarantinePrefix.
const (
	QuarantinePrefix = "quarantine/"
	ReasonSuffix     = ".reason.json"
)

// Refused are the files in quarantine, by name, at most so many.
func (s *Deployment) Refused(ctx context.Context, limit int) ([]Refused, error) {
	texts, err := s.Drops.Reasons(ctx, limit)
	if err != nil {
		return nil, fmt.Errorf("%s: read the quarantine: %w", s.Name, err)
	}
	var list []Refused
	for _, name := range sortedKeys(texts) {
		var r Refused
		if err := json.Unmarshal(texts[name], &r); err != nil {
			return nil, fmt.Errorf("%s: %s does not say why a file is in quarantine: %w", s.Name, name, err)
		}
		list = append(list, r)
	}
	return list, nil
}

// Reporter returns a coordinator that reads how everything stands, with the time from now. It cannot run anything. It keeps what
// it has read of records, which never change.
func (s *Deployment) Reporter(now func() time.Time) (*coordinator.Coordinator, error) {
	return coordinator.New(coordinator.DefaultLimits(), coordinator.Deps{Pipeline: s.Pipeline, Manifest: s.Manifest, Store: s.Store, Now: now})
}

// HintForRun says what to do about a model's partition that failed, or did not pass its audit.
func (s *Deployment) HintForRun(model string, p partition.Partition) string {
	return s.Hint(explain.Fix{Code: explain.FixModel, Model: model, From: p, To: p})
}
