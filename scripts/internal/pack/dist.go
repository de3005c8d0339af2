package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

const indexFile = "packages.json"

// index is the content of packages.json: the packages by function.
type index map[string]entry

// entry describes one package to Terraform.
type entry struct {
	File             string            `json:"file"`         // the function's name and the first 12 digits of SHA256
	SHA256           string            `json:"sha256"`       // of the zip, in hexadecimal
	EntryPoints      []string          `json:"entry_points"` // the names that the code registers with functions.HTTP
	BuildEnvironment map[string]string `json:"build_environment"`
}

// pkg is a function's zip and its description.
type pkg struct {
	name string
	zip  []byte
	entry
}

func newPackage(name string, zip []byte, entryPoints []string, environment map[string]string) pkg {
	sum := hash(zip)
	return pkg{name, zip, entry{name + "-" + sum[:12] + ".zip", sum, entryPoints, environment}}
}

func hash(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// zipFiles returns a zip of the files. The same files give the same bytes, on every machine and with every
// version of Go: names are sorted, every file has mode 0644 and the date 1980-01-01, and nothing is compressed,
// because compressors change. Sizes precede the contents, for readers of streams.
func zipFiles(files tree) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !fs.ValidPath(name) || name == "." {
			return nil, fmt.Errorf("zip: %q is not a path within the archive", name)
		}
		data := files[name]
		header := &zip.FileHeader{
			Name: name, Method: zip.Store, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data)),
			ModifiedDate: 1<<5 | 1, //nolint:staticcheck // 1980-01-01 as MS-DOS writes it; CreateRaw ignores Modified
		}
		header.SetMode(0o644)
		file, err := w.CreateRaw(header)
		if err == nil {
			_, err = file.Write(data)
		}
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return out.Bytes(), nil
}

// readIndex reads the index of a folder; it is empty if the folder has none.
func readIndex(dir string) (index, error) {
	file := filepath.Join(dir, indexFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return index{}, nil
	}
	if err != nil {
		return nil, err
	}
	var x index
	if err := json.Unmarshal(data, &x); err != nil {
		return nil, fmt.Errorf("%s: %w; fix: delete it and package again", file, err)
	}
	return x, nil
}

// plan describes the difference between a folder and the packages that it must hold.
type plan struct {
	changes []change // one for each function, sorted by name
	remove  []string // zips that no function uses any more, sorted

	dir   string
	write map[string][]byte // files that are missing or different
}

// change describes what happens to one function's package.
type change struct {
	function string
	old, new string // zips; empty: none
	repaired bool   // same zip, but its file or its entry in the index is missing or different
}

// kind returns the change in a word.
func (c change) kind() string {
	switch {
	case c.old == "":
		return "new"
	case c.new == "":
		return "removed"
	case c.old != c.new:
		return "changed"
	case c.repaired:
		return "repaired"
	}
	return "unchanged"
}

// stale reports whether anything must change.
func (p plan) stale() bool { return len(p.write) > 0 || len(p.remove) > 0 }

// compare plans how the folder gets these packages. If some is set, the other packages in the folder stay. It
// changes nothing.
func compare(dir string, packages []pkg, some bool) (plan, error) {
	p := plan{dir: dir, write: map[string][]byte{}}
	old, err := readIndex(dir)
	if err != nil {
		return p, err
	}
	next := index{}
	if some {
		next = maps.Clone(old)
	}
	for _, pkg := range packages {
		next[pkg.name] = pkg.entry
		if err := p.want(pkg.File, pkg.zip); err != nil {
			return p, err
		}
	}
	encoded, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return p, err
	}
	if err := p.want(indexFile, append(encoded, '\n')); err != nil {
		return p, err
	}
	names := maps.Clone(old)
	maps.Copy(names, next)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		o, n := old[name], next[name]
		_, written := p.write[n.File]
		p.changes = append(p.changes, change{name, o.File, n.File, o.File == n.File && (written || !reflect.DeepEqual(o, n))})
	}
	p.remove, err = leftovers(dir, next)
	return p, err
}

// want adds a file to p.write unless the folder has it.
func (p plan) want(name string, data []byte) error {
	existing, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || !bytes.Equal(existing, data) {
		p.write[name] = data
	}
	return nil
}

var zipName = regexp.MustCompile(`-([0-9a-f]{12})\.zip$`)

// leftovers returns the zips that are not in the index, but were written by this package: their names contain
// their hash.
func leftovers(dir string, x index) ([]string, error) {
	used := map[string]bool{}
	for _, e := range x {
		used[e.File] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var left []string
	for _, e := range entries {
		m := zipName.FindStringSubmatch(e.Name())
		if m == nil || used[e.Name()] || !e.Type().IsRegular() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(hash(data), m[1]) {
			left = append(left, e.Name())
		}
	}
	return left, nil
}

// apply writes the zips first and the index after them, so that the index never names a missing zip. Then it
// removes the leftovers. Each file is replaced atomically.
func (p plan) apply() error {
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return err
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.write)), func(name string) bool { return name == indexFile })
	if _, changed := p.write[indexFile]; changed {
		names = append(names, indexFile)
	}
	for _, name := range names {
		if err := replace(filepath.Join(p.dir, name), p.write[name]); err != nil {
			return err
		}
	}
	for _, name := range p.remove {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file atomically.
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
