package datadir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"example.com/rollcall/shared/partition"
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
		staged, err := s.staged(source, p)
		if err != nil {
			return nil, err
		}
		found[p] = staged || s.origins[source] == Invented
	}
	return found, nil
}

// staged reports whether any load of a partition has staged everything that it read.
func (s staging) staged(source string, p partition.Partition) (bool, error) {
	dir := filepath.Join(s.dir, source, p.String())
	loads, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, load := range loads {
		info, err := os.Stat(filepath.Join(dir, load.Name(), "complete.json"))
		if err == nil && info.Size() > 0 {
			return true, nil
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}
