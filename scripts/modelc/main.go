// Modelc compiles the models: it reads coordinator/models/*.sql, type-checks them with GoogleSQL's own
// analyzer against the schemas of the raw tables and of each other, and writes
// coordinator/models/manifest.json, which the coordinator runs. It is run by
//
//	go generate ./coordinator/models
//
// "modelc check" fails when the manifest is stale. "modelc audit" reads existing BigQuery views and proposes
// models that replace them; it exits with 3 when some views could not be read.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"

	"example.com/rollcall/scripts/modelc/compile"
)

type command struct {
	Generate generate `cmd:"" default:"1" help:"Write manifest.json (the default)."`
	Check    check    `cmd:"" help:"Fail if manifest.json is stale."`
	Audit    audit    `cmd:"" help:"Read existing views and propose models for them."`
}

type (
	generate struct{}
	check    struct{}
)

// Exit statuses.
const (
	done   = 0
	failed = 1
	unread = 3 // some views could not be read; the report names them
)

func main() { os.Exit(modelc(os.Args[1:], os.Stdout, os.Stderr)) }

// modelc parses args, runs the command and returns the exit status.
func modelc(args []string, out, errs io.Writer) int {
	parser := kong.Must(&command{}, kong.Name("modelc"), auditHelp, kong.Writers(out, errs),
		kong.Description("Compile coordinator/models into manifest.json."))
	parsed, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(errs, "modelc: %v; --help lists commands and flags\n", err)
		return failed
	}
	parsed.BindTo(out, (*io.Writer)(nil))
	switch err := parsed.Run(); {
	case errors.Is(err, errUnread):
		return unread
	case err != nil:
		fmt.Fprintln(errs, err)
		return failed
	}
	return done
}

func (generate) Run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	data, err := build(root)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, compile.ManifestFile), data, 0o644)
}

func (check) Run() error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	return checkManifest(root)
}

// build returns the manifest of the project at root.
func build(root string) ([]byte, error) {
	m, err := compile.Project(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	return compile.Encode(m)
}

// checkManifest fails when the manifest differs from what the models compile to.
func checkManifest(root string) error {
	want, err := build(root)
	if err != nil {
		return err
	}
	got, err := os.ReadFile(filepath.Join(root, compile.ManifestFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s is stale; run go generate ./coordinator/models", compile.ManifestFile)
	}
	return nil
}

// moduleRoot returns the nearest folder with a go.mod, from the working directory upwards.
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
			return "", errors.New("no go.mod here or above; run modelc within the project")
		}
		dir = filepath.Dir(dir)
	}
}
