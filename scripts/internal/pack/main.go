// Package pack makes what terraform apply deploys: for each function and for the coordinator a zip of its source code, laid
// out as Google's Go buildpack wants it, and packages.json, which names the zips.
//
//	go run ./scripts/rollcall package
//
// A zip is named by its content's hash and is the same, byte for byte, wherever it is made: a function that nobody touched keeps
// its zip, and is not deployed again.
//
// It ends with status 0, with 1 on an error, and, with --check, with 3 when the folder is not what it would make it.
package pack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
)

const (
	broken = 1
	stale  = 3
)

// Flags are the command line.
type Flags struct {
	Out   string   `default:"dist" placeholder:"DIR" help:"Folder that the packages are in; relative to the project's root."`
	Only  []string `placeholder:"NAME" help:"Package this function and leave the others' packages as they are; may be repeated."`
	Check bool     `help:"Say what would change, and change nothing. Exit status 3: something would."`
}

// Main packages the project that the working folder is in, and returns the exit status.
func Main(ctx context.Context, f Flags) (int, error) {
	root, err := moduleRoot()
	if err != nil {
		return broken, err
	}
	return pack(ctx, root, f, os.Stdout)
}

// moduleRoot is the nearest folder, from the working one upwards, that has a go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("no go.mod here or above; run package within the project")
		}
		dir = filepath.Dir(dir)
	}
}
