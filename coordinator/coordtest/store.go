package coordtest

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"

	"example.com/rollcall/coordinator/ledger"
)

// Store is a ledger.Store in memory, ordered by name. The cost of a listing depends on its own length
// only. It counts calls.
type Store struct {
	mu      sync.Mutex
	names   []string
	objects map[string][]byte
	calls   Calls
}

// Calls holds the number of calls made to a ledger.Store.
type Calls struct{ Create, List, Read int }

var _ ledger.Store = (*Store)(nil)

// Create creates an object, or returns ledger.ErrExists.
func (m *Store) Create(_ context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Create++
	i, found := slices.BinarySearch(m.names, name)
	if found {
		return ledger.ErrExists
	}
	if m.objects == nil {
		m.objects = map[string][]byte{}
	}
	m.names = slices.Insert(m.names, i, name)
	m.objects[name] = slices.Clone(data)
	return nil
}

// List returns names in order.
func (m *Store) List(_ context.Context, prefix, from, to string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.List++
	var list []string
	for _, name := range m.names[sort.SearchStrings(m.names, max(from, prefix)):] {
		if !strings.HasPrefix(name, prefix) || to != "" && name >= to {
			break
		}
		list = append(list, name)
	}
	return list, nil
}

// Read returns an object's content.
func (m *Store) Read(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls.Read++
	data, ok := m.objects[name]
	if !ok {
		return nil, ledger.ErrNotFound
	}
	return slices.Clone(data), nil
}

// Names returns the names of all objects, in order.
func (m *Store) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.names)
}

// Calls returns the number of calls since the last call of Calls.
func (m *Store) Calls() Calls {
	m.mu.Lock()
	defer m.mu.Unlock()
	calls := m.calls
	m.calls = Calls{}
	return calls
}
