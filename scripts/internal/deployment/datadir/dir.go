package datadir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/rollcall/shared/partition"
)

// Dir names the files of a data folder.
type Dir struct{ Path string }

// Warehouse returns the DuckDB file. One process opens it at a time.
func (h Dir) Warehouse() string { return filepath.Join(h.Path, "warehouse.duckdb") }

// Objects returns the folder that holds a folder for each bucket of shared/localcloud.
func (h Dir) Objects() string { return filepath.Join(h.Path, "objects") }

// DeadLetters returns the folder that holds a file for each dead letter.
func (h Dir) DeadLetters() string { return filepath.Join(h.Path, "dead-letters") }

// Log returns the file of what the functions and the coordinator logged.
func (h Dir) Log() string { return filepath.Join(h.Path, "rollcall.log") }

// Steering returns the file that says what the invented services do.
func (h Dir) Steering() string { return filepath.Join(h.Path, "upstream.yaml") }

func (h Dir) memory() string { return filepath.Join(h.Path, "local.json") }

// Memory holds what one run passes on to the next.
type Memory struct {
	// Start is the earliest day that was ever loaded; nothing is expected before it.
	Start partition.Partition `json:"start"`
	// Sources says where the data of each source came from, so that a folder never mixes real and invented numbers
	// of a source.
	Sources map[string]Origin `json:"sources"`
}

// Origin says where a source's data comes from.
type Origin string

// The origins: an invented service, or the real one.
const (
	Invented Origin = "invented"
	Live     Origin = "live"
)

// Recall reads the memory. It returns the zero Memory when there is none yet.
func (h Dir) Recall() (Memory, error) {
	m := Memory{Sources: map[string]Origin{}}
	data, err := os.ReadFile(h.memory())
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("data folder %s: %w; fix: make its files readable, or name another folder with --data",
			h.Path, err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf(
			"data folder %s: %s is not what a run wrote: %w; fix: remove the folder to start over, or name another with --data",
			h.Path, h.memory(), err)
	}
	if m.Sources == nil { // null
		m.Sources = map[string]Origin{}
	}
	return m, nil
}

// Remember replaces the memory.
func (h Dir) Remember(m Memory) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	draft := h.memory() + ".new"
	if err := os.WriteFile(draft, append(data, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(draft, h.memory())
}

// Extend adds the first day and the origins of a run to the memory. It fails when a source's data came from
// elsewhere before.
func (m *Memory) Extend(from partition.Partition, origins map[string]Origin, dir string) error {
	if m.Start.IsZero() || from.Compare(m.Start) < 0 {
		m.Start = from
	}
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(origins)) {
		if was, ok := m.Sources[name]; ok && was != origins[name] {
			changed = append(changed, fmt.Sprintf("%s was %s and is now %s", name, was, origins[name]))
		}
		m.Sources[name] = origins[name]
	}
	if changed != nil {
		return fmt.Errorf("%s holds data from elsewhere: %s; name another folder with --data, or set the environment as it was",
			dir, strings.Join(changed, ", "))
	}
	return nil
}
