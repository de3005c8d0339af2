// Package datadir reads a data folder: what rollcall run has done there, and how it stands, also while a run is
// working in it. It starts nothing and opens no database.
package datadir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/rollcall/coordinator"
	"example.com/rollcall/coordinator/ledger"
	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/scripts/internal/deployment"
	"example.com/rollcall/shared/event"
	"example.com/rollcall/shared/manifest"
	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/pipeline"
)

// Default is the data folder when none is named.
const Default = ".rollcall"

// The folders of buckets within Dir.Objects, as shared/localcloud names them.
const (
	ledgerBucket  = "ledger"
	dropsBucket   = "drops"
	stagingBucket = "staging"
)

// Open opens a data folder for reading. It fails when rollcall run has never run in it.
func Open(dir string) (*deployment.Deployment, error) {
	declared, err := pipeline.Parse(coordinator.PipelineYAML)
	if err != nil {
		return nil, err
	}
	h := Dir{dir}
	was, err := h.Recall()
	if err != nil {
		return nil, err
	}
	if was.Start.IsZero() {
		return nil, fmt.Errorf(
			"%s holds no data yet; run go run ./scripts/rollcall first, or name another folder with --data, or a project with --project", dir)
	}
	s := &deployment.Deployment{
		Name:        dir,
		Local:       true,
		Pipeline:    declared.WithStart(was.Start),
		Manifest:    models.Load(manifest.DuckDB),
		Unavailable: was.unavailable,
		Store:       store{filepath.Join(h.Objects(), ledgerBucket)},
		Staging:     staging{filepath.Join(h.Objects(), stagingBucket)},
		AnyDay:      func(source string) bool { return was.Sources[source] == Invented },
		DeadLetters: DeadLetters(h),
		Drops:       quarantine{filepath.Join(h.Objects(), dropsBucket)},
		Close:       func() error { return nil },
	}
	s.Gone = func() *ledger.Gone { return h.gone(s) }
	if filepath.Clean(dir) != Default {
		s.Flag = "--data " + dir
	}
	return s, nil
}

// gone returns a record of all tables if there is no warehouse file. Whether a file has all tables cannot be seen without
// opening it, so gone then returns nil, and the ledger says what the newest run has found.
func (h Dir) gone(d *deployment.Deployment) *ledger.Gone {
	if _, err := os.Stat(h.Warehouse()); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	g := &ledger.Gone{At: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} // it is gone however new an arrival is
	for _, s := range d.Pipeline.SortedSources() {
		for _, table := range s.SortedTables() {
			g.Tables = append(g.Tables, ledger.GoneTable{Table: table})
		}
	}
	for _, m := range d.Manifest.Models {
		g.Tables = append(g.Tables, ledger.GoneTable{Table: m.TableName()})
	}
	return g
}

// unavailable implements Deployment.Unavailable: a real service was not read before the folder's first run. The invented
// services have all partitions.
func (m Memory) unavailable(s *pipeline.Source, table string, p partition.Partition, now time.Time) bool {
	return m.Sources[s.Name] == Live && !s.Readable(table, p, now)
}

// DeadLetters returns the dead letters of a data folder.
func DeadLetters(h Dir) deployment.DeadLetters { return deadLetters{h.DeadLetters()} }

// deadLetters reads the files of shared/localcloud's dead letters.
type deadLetters struct{ dir string }

func (l deadLetters) ListDeadLetters(_ context.Context, limit int) (list []event.DeadLetter, err error) {
	entries, err := os.ReadDir(l.dir) // by name, which begins with the time
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if len(list) == limit {
			break
		}
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		name := filepath.Join(l.dir, e.Name())
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) { // it has been sent back meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		var letter event.DeadLetter
		if err := json.Unmarshal(data, &letter); err != nil {
			return nil, fmt.Errorf("%s is not a dead letter: %w; fix: move it out of the folder", name, err)
		}
		list = append(list, letter)
	}
	return list, nil
}

// quarantine reads the files of the bucket of drops.
type quarantine struct{ dir string }

func (q quarantine) Reasons(_ context.Context, limit int) (map[string][]byte, error) {
	texts := map[string][]byte{}
	root := filepath.Join(q.dir, deployment.QuarantinePrefix)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == root {
			return nil
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, deployment.ReasonSuffix) {
			return err
		}
		if len(texts) == limit {
			return fs.SkipAll
		}
		name, err := filepath.Rel(q.dir, path)
		if err != nil {
			return err
		}
		texts[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	return texts, err
}
