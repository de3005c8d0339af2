package lift

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// project is the packages of the project's own module that some of its functions are made from.
type project struct {
	root     string
	module   string            // its path, like example.com/rollcall
	packages map[string]source // by folder, relative to root and with slashes
}

// source is one package as the go command tells it.
type source struct {
	Dir        string
	ImportPath string
	Standard   bool
	Module     *struct {
		Path string
		Main bool
	}
	GoFiles    []string // neither tests nor what another platform needs
	EmbedFiles []string
	Imports    []string
}

// list asks the go command for the packages in these folders and all that they import, for the platform that Cloud Run is.
func list(ctx context.Context, root string, folders []string) (project, error) {
	p := project{packages: map[string]source{}}
	var err error
	// The go command tells folders with symbolic links resolved.
	if p.root, err = filepath.EvalSymlinks(root); err != nil {
		return p, err
	}
	if p.root, err = filepath.Abs(p.root); err != nil {
		return p, err
	}
	args := []string{"list", "-deps", "-json=Dir,ImportPath,Standard,Module,GoFiles,EmbedFiles,Imports"}
	for _, folder := range folders {
		args = append(args, "./"+folder)
	}
	out, err := run(ctx, p.root, []string{"GOFLAGS=-mod=readonly", "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}, args...)
	if err != nil {
		return p, err
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var s source
		if err := dec.Decode(&s); errors.Is(err, io.EOF) {
			return p, nil
		} else if err != nil {
			return p, fmt.Errorf("read what go list says: %w", err)
		}
		if s.Module == nil || !s.Module.Main {
			continue
		}
		rel, err := filepath.Rel(p.root, s.Dir)
		if err != nil {
			return p, err
		}
		p.module = s.Module.Path
		p.packages[filepath.ToSlash(rel)] = s
	}
}

// closure is the files of a function's package and of all in the project that it imports: by folder, relative to the folder.
func (p project) closure(home string) (map[string][]string, error) {
	for _, i := range p.packages[home].Imports {
		if internal := p.module + "/" + home + "/internal"; i == internal || strings.HasPrefix(i, internal+"/") {
			return nil, fmt.Errorf("%s imports %s, which Go allows only while it stands above it, and not from the root of an upload; "+
				"take it out of internal", home, i)
		}
	}
	files := map[string][]string{}
	var visit func(folder string) error
	visit = func(folder string) error {
		if files[folder] != nil {
			return nil
		}
		s, known := p.packages[folder]
		if !known { // the root is "." there
			return fmt.Errorf("package %s is at the root of the project, where the function's own has to be; move it", p.module)
		}
		files[folder] = slices.Concat(s.GoFiles, s.EmbedFiles)
		for _, i := range s.Imports {
			if i != p.module && !strings.HasPrefix(i, p.module+"/") {
				continue
			}
			if err := visit(strings.TrimPrefix(strings.TrimPrefix(i, p.module), "/")); err != nil {
				return err
			}
		}
		return nil
	}
	return files, visit(home)
}

// run is what the go command prints when it is run in a folder, under an environment with these settings.
func run(ctx context.Context, dir string, env []string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(append(os.Environ(), "GOWORK=off"), env...)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}
