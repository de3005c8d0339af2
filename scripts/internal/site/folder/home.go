package main

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

// home is the data folder.
type home struct{ dir string }

func (h home) warehouse() string { return filepath.Join(h.dir, "warehouse.duckdb") }
func (h home) objects() string   { return filepath.Join(h.dir, "objects") }
func (h home) log() string       { return filepath.Join(h.dir, "rollcall.log") }
func (h home) steering() string  { return filepath.Join(h.dir, "upstream.yaml") }
func (h home) memory() string    { return filepath.Join(h.dir, "local.json") }

// memory is what one run tells the next.
type memory struct {
	// Start is the earliest day that was ever asked for; what lies before it is expected of nobody.
	Start partition.Partition `json:"start"`
	// Sources says of each source where its data came from. A folder whose numbers are partly real and partly invented
	// would be worth nothing.
	Sources map[string]origin `json:"sources"`
}

// origin says where a source's data comes from.
type origin string

const (
	invented origin = "invented"
	live     origin = "live"
)

// recall reads the memory; the zero memory when there is none yet.
func (h home) recall() (memory, error) {
	m := memory{Sources: map[string]origin{}}
	data, err := os.ReadFile(h.memory())
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w; remove the folder %s to begin anew", h.memory(), err, h.dir)
	}
	return m, nil
}

// remember writes the memory in the place of the old one.
func (h home) remember(m memory) error {
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

// extend takes this run's scope and origins into the memory. It is an error when a source's data came from elsewhere before.
func (m *memory) extend(sc scope, origins map[string]origin, dir string) error {
	if m.Start.IsZero() || sc.from.Compare(m.Start) < 0 {
		m.Start = sc.from
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
