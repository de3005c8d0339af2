package dist

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Plan is what would make a folder hold the packages.
type Plan struct {
	Changes []Change // one for each function, sorted by name
	Remove  []string // zips that no function has any more, sorted

	dir   string
	write map[string][]byte // files that are not there, or not so
}

// Change is what becomes of one function's package.
type Change struct {
	Function string
	Old, New string // the zips' names, empty for none
	Mended   bool   // the name is the same, but the zip in the folder or what the index says of it is not as it should be
}

// Kind is the change in a word: new, changed, mended, removed, or unchanged.
func (c Change) Kind() string {
	switch {
	case c.Old == "":
		return "new"
	case c.New == "":
		return "removed"
	case c.Old != c.New:
		return "changed"
	case c.Mended:
		return "mended"
	}
	return "unchanged"
}

// Stale says whether there is anything to do.
func (p Plan) Stale() bool { return len(p.write) > 0 || len(p.Remove) > 0 }

// Compare says what would make the folder hold these packages, and, when some is set, those of other functions that it holds
// already. It touches nothing.
func Compare(dir string, packages []Package, some bool) (Plan, error) {
	p := Plan{dir: dir, write: map[string][]byte{}}
	old, err := Read(dir)
	if err != nil {
		return p, err
	}
	index := Index{}
	if some {
		index = maps.Clone(old)
	}
	for _, pkg := range packages {
		e := pkg.entry()
		index[pkg.Name] = e
		if err := p.want(e.File, pkg.Zip); err != nil {
			return p, err
		}
	}
	encoded, err := index.encode()
	if err != nil {
		return p, err
	}
	if err := p.want(IndexFile, encoded); err != nil {
		return p, err
	}
	p.Changes = p.changes(old, index)
	p.Remove, err = leftovers(dir, index)
	return p, err
}

// want notes a file that has to be in the folder, unless it is.
func (p Plan) want(name string, data []byte) error {
	has, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || !bytes.Equal(has, data) {
		p.write[name] = data
	}
	return nil
}

func (p Plan) changes(old, index Index) []Change {
	names := maps.Clone(old)
	maps.Copy(names, index)
	var all []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		o, n := old[name], index[name]
		_, written := p.write[n.File]
		all = append(all, Change{name, o.File, n.File, o.File == n.File && (written || !reflect.DeepEqual(o, n))})
	}
	return all
}

var zipName = regexp.MustCompile(`-([0-9a-f]{12})\.zip$`)

// leftovers are the folder's zips that are ours, because their names tell the hash of their contents, and that the index
// does not name.
func leftovers(dir string, index Index) ([]string, error) {
	named := map[string]bool{}
	for _, e := range index {
		named[e.File] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var left []string
	for _, e := range entries {
		m := zipName.FindStringSubmatch(e.Name())
		if m == nil || named[e.Name()] || !e.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(fmt.Sprintf("%x", hash(data)), m[1]) {
			left = append(left, e.Name())
		}
	}
	return left, nil
}

// Apply does it: zips first, then the index, then what is left over goes, so that the index never names a zip that is not
// there. Each file is replaced as a whole.
func (p Plan) Apply() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(p.write))
	names = slices.DeleteFunc(names, func(n string) bool { return n == IndexFile })
	if _, stale := p.write[IndexFile]; stale {
		names = append(names, IndexFile)
	}
	for _, name := range names {
		if err := replace(filepath.Join(p.dir, name), p.write[name]); err != nil {
			return err
		}
	}
	for _, name := range p.Remove {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// replace gives a file new contents, all or none.
func replace(file string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".*.tmp")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return nil
}
