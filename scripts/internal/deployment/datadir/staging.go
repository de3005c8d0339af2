package datadir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/rollcall/shared/partition"
	"example.com/rollcall/shared/stage"
)

// staging is the coordinator.Staging of a folder, in which another process may be writing.
type staging struct{ dir string }

// Attempts returns the loads that have ended their staging, or failed. A file that a power failure left empty counts as
// none.
func (s staging) Attempts(_ context.Context, source string, from, to partition.Partition) (list []stage.Attempt, err error) {
	for p := range partition.Range(from, to) {
		dir := filepath.Join(s.dir, source, p.String())
		loads, err := os.ReadDir(dir) // by name, which begins with the time
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, load := range loads {
			a := stage.Attempt{Folder: stage.Folder{Source: source, Partition: p, LoadID: load.Name()}}
			for name, found := range map[string]*bool{"complete.json": &a.Complete, "failed.json": &a.Failed} {
				info, err := os.Stat(filepath.Join(dir, load.Name(), name))
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return nil, err
				}
				*found = err == nil && info.Size() > 0
			}
			if a.Complete || a.Failed {
				list = append(list, a)
			}
		}
	}
	return list, nil
}

// Load reads what a load has staged.
func (s staging) Load(_ context.Context, f stage.Folder) (load stage.Load, err error) {
	return load, s.read(f, "complete.json", &load)
}

// Failure reads why a load failed.
func (s staging) Failure(_ context.Context, f stage.Folder) (failure stage.Failure, err error) {
	err = s.read(f, "failed.json", &failure)
	failure.LoadID = f.LoadID
	return failure, err
}

func (s staging) read(f stage.Folder, name string, record any) error {
	name = filepath.Join(s.dir, f.Source, f.Partition.String(), f.LoadID, name)
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, record)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}
