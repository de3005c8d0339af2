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

// Dir is a data folder: what stands where in it.
type Dir struct{ Path string }

// Warehouse is the DuckDB file. One process has it at a time.
func (h Dir) Warehouse() string { return filepath.Join(h.Path, "warehouse.duckdb") }

// Objects holds a folder for each bucket of shared/localcloud.
func (h Dir) Objects() string { return filepath.Join(h.Path, "objects") }

// DeadLetters holds a file for each dead letter.
func (h Dir) DeadLetters() string { return filepath.Join(h.Path, "dead-letters") }

// Log is what the functions and the coordinator logged.
func (h Dir) Log() string { return filepath.Join(h.Path, "rollcall.log") }

// Steering says what the invented services do.
func (h Dir) Steering() string { return filepath.Join(h.Path, "upstream.yaml") }

func (h Dir) memory() string { return filepath.Join(h.Path, "local.json") }

// Memory is what one run tells the next.
type Memory struct {
	// Start is the earliest day that was ever asked for; what lies before it is expected of nobody.
	Start partition.Partition `json:"start"`
	// Sources says of each source where its data came from. A folder whose numbers are partly real and partly invented
	// would be worth nothing.
	Sources map[string]Origin `json:"sources"`
}

// Origin says where a source's data comes from.
type Origin string

// A source reads an invented service, or the real one.
const (
	Invented Origin = "invented"
	Live     Origin = "live"
)

// Recall reads the memory; the zero memory when there is none yet.
func (h Dir) Recall() (Memory, error) {
	m := Memory{Sources: map[string]Origin{}}
	data, err := os.ReadFile(h.memory())
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, fmt.Errorf("data folder %s: %w; fix: make its files readable, or name another folder with --data", h.Path, err)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("data folder %s: %s is not what a run wrote: %w; fix: remove the folder to begin anew, or name another with --data",
			h.Path, h.memory(), err)
	}
	return m, nil
}

// Remember writes the memory in the place of the old one.
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

// Extend takes the first day and the origins of a run into the memory. It is an error when a source's data came from
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
		return fmt.Errorf("%s holds data from elsewhere: %s; give another folder with --data, or set the environment as it was",
			dir, strings.Join(changed, ", "))
	}
	return nil
}
