package datadir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.com/rollcall/coordinator/ledger"
)

// store reads the ledger's objects from the files in which shared/localcloud keeps them, while another process
// may be writing more. A file is complete, or does not exist.
type store struct{ dir string }

var _ ledger.Store = store{}

// Create fails: only the process that has opened the folder writes to its ledger.
func (s store) Create(context.Context, string, []byte) error {
	return errors.New("the data folder is open for reading only")
}

func (s store) Read(_ context.Context, name string) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		return nil, ledger.ErrNotFound
	}
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(data) == 0 { // what a power failure left is no object
		return nil, ledger.ErrNotFound
	}
	return data, err
}

func (s store) List(ctx context.Context, prefix, from, to string) ([]string, error) {
	l := listing{ctx, s.dir, prefix, from, to, nil}
	err := l.folder(prefix[:strings.LastIndex(prefix, "/")+1])
	slices.Sort(l.names) // a folder stands elsewhere among its neighbours than the names in it do
	return l.names, err
}

// listing is one call of List.
type listing struct {
	ctx                   context.Context
	dir, prefix, from, to string
	names                 []string
}

// folder adds the names in a folder, which ends in a slash; "" is the whole store.
func (l *listing) folder(name string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(l.dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() {
			if err := l.file(name+e.Name(), e); err != nil {
				return err
			}
			continue
		}
		sub := name + e.Name() + "/"
		if l.mayHold(sub) {
			if err := l.folder(sub); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *listing) file(name string, e fs.DirEntry) error {
	if !strings.HasPrefix(name, l.prefix) || name < l.from || l.to != "" && name >= l.to {
		return nil
	}
	info, err := e.Info()
	if err != nil {
		return err
	}
	if info.Size() > 0 {
		l.names = append(l.names, name)
	}
	return nil
}

// mayHold reports whether a name that begins with sub can be one of the wanted ones.
func (l *listing) mayHold(sub string) bool {
	after := sub[:len(sub)-1] + "0" // the first name after all of them: '0' is the character after '/'
	return (strings.HasPrefix(sub, l.prefix) || strings.HasPrefix(l.prefix, sub)) && after > l.from &&
		(l.to == "" || sub < l.to)
}
