// Package dist keeps the folder that Terraform deploys from: a zip for each function, named by its content's hash, and
// packages.json, which says which zip is which function's now.
package dist

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// IndexFile is the index's name in the folder.
const IndexFile = "packages.json"

// Index is packages.json: the packages by their functions' names.
type Index map[string]Entry

// Entry is one function's package.
type Entry struct {
	// File is the zip's name in the folder: the function's name and the first 12 digits of SHA256.
	File string `json:"file"`
	// SHA256 is the hash of the zip, in hexadecimal.
	SHA256 string `json:"sha256"`
	// EntryPoints are the names that the code registers with functions.HTTP.
	EntryPoints []string `json:"entry_points"`
	// BuildEnvironment is what the environment of its build has to have.
	BuildEnvironment map[string]string `json:"build_environment"`
}

// Package is a function's zip and what is to be known of it.
type Package struct {
	Name             string
	EntryPoints      []string
	BuildEnvironment map[string]string
	Zip              []byte
}

func (p Package) entry() Entry {
	sum := hex.EncodeToString(hash(p.Zip))
	return Entry{
		File:             p.Name + "-" + sum[:shortHash] + ".zip",
		SHA256:           sum,
		EntryPoints:      p.EntryPoints,
		BuildEnvironment: p.BuildEnvironment,
	}
}

const shortHash = 12

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

// Read is the index of a folder, empty when there is none yet.
func Read(dir string) (Index, error) {
	data, err := os.ReadFile(filepath.Join(dir, IndexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Index{}, nil
	}
	if err != nil {
		return nil, err
	}
	var index Index
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it and package again", filepath.Join(dir, IndexFile), err)
	}
	return index, nil
}

// encode is the index as it stands in packages.json: sorted, one setting a line.
func (x Index) encode() ([]byte, error) {
	data, err := json.MarshalIndent(x, "", "  ")
	return append(data, '\n'), err
}
