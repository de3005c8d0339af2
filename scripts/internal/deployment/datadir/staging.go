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

// staging reads what the sources have staged.
type staging struct {
	dir     string
	origins map[string]Origin
}

// Snapshots returns the staged partitions, and all partitions of an invented source, which answers as of any day.
func (s staging) Snapshots(_ context.Context, source string, from,
	to partition.Partition) (map[partition.Partition]bool, error) {
	found := map[partition.Partition]bool{}
	for p := range partition.Range(from, to) {
		attempts, err := s.attempts(source, p)
		if err != nil {
			return nil, err
		}
		found[p] = len(stage.Completed(attempts)) > 0 || s.origins[source] == Invented
	}
	return found, nil
}

// Failures returns why the newest loads failed, of those that did.
func (s staging) Failures(_ context.Context, source string, from,
	to partition.Partition) (map[partition.Partition]stage.Failure, error) {
	failures := map[partition.Partition]stage.Failure{}
	for p := range partition.Range(from, to) {
		attempts, err := s.attempts(source, p)
		if err != nil {
			return nil, err
		}
		a, failed := stage.Failing(attempts)[p]
		if !failed {
			continue
		}
		failure, err := s.failure(a.Folder)
		if _, torn := errors.AsType[*json.SyntaxError](err); torn { // a run is writing it at this moment
			continue
		}
		if err != nil {
			return nil, err
		}
		failures[p] = failure
	}
	return failures, nil
}

// attempts returns the loads of a partition that have ended their staging, or failed; see stage.Attempts.
func (s staging) attempts(source string, p partition.Partition) (list []stage.Attempt, err error) {
	dir := filepath.Join(s.dir, source, p.String())
	loads, err := os.ReadDir(dir) // by name, which begins with the time
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
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
	return list, nil
}

func (s staging) failure(f stage.Folder) (failure stage.Failure, err error) {
	name := filepath.Join(s.dir, f.Source, f.Partition.String(), f.LoadID, "failed.json")
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &failure)
	}
	if err != nil {
		return failure, fmt.Errorf("read %s: %w", name, err)
	}
	failure.LoadID = f.LoadID
	return failure, nil
}
