package pack

import (
	"archive/zip"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// appProgram is functions.local/app/main.go as the buildpack writes it for a package that registers itself, but it listens only
// on 127.0.0.1.
const appProgram = `package main

import (
	"log"
	"os"

	_ "example.com/rollcall"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")); err != nil {
		log.Fatal(err)
	}
}
`

// built holds the programs built so far, by the name of their zip. They are in the folder builds.
var (
	built  = map[string]made{}
	builds string
)

// made is a program and the packages that it links.
type made struct {
	binary string
	links  []string
}

func TestMain(m *testing.M) { os.Exit(withBuilds(m)) }

// withBuilds runs the tests with a folder for programs.
func withBuilds(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rollcall-programs")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	builds = dir
	return m.Run()
}

// buildAsTheBuildpackDoes unpacks a zip and builds it like cmd/go/functions_framework and cmd/go/build of
// https://github.com/GoogleCloudPlatform/buildpacks: the root must have one package, the program is added, and go mod tidy and
// go build with GOOGLE_GOLDFLAGS run in the function's build environment. Unlike the buildpack it has no network, links no C,
// and trims paths, so that builds can share a cache. It returns the binary's path and the packages that it links. Each zip is
// built once.
func buildAsTheBuildpackDoes(t *testing.T, zipFile string, environment map[string]string) (binary string, links []string) {
	t.Helper()
	name := filepath.Base(zipFile)
	if p, ok := built[name]; ok {
		return p.binary, p.links
	}
	defer func() { built[name] = made{binary, links} }()
	dir := filepath.Join(t.TempDir(), "serverless_function_source_code")
	unpack(t, zipFile, dir)

	if packages := packagesAt(t, dir); len(packages) != 1 {
		t.Fatalf("the root holds packages %v; the buildpack accepts one", packages)
	}
	if module := strings.TrimSpace(buildGo(t, dir, nil, "list", "-m")); module != "example.com/rollcall" {
		t.Fatalf("module %q", module)
	}
	if err := (tree{"functions.local/app/main.go": []byte(appProgram)}).write(dir); err != nil {
		t.Fatal(err)
	}
	if diff := buildGo(t, dir, environment, "mod", "tidy", "-diff"); diff != "" {
		t.Errorf("the buildpack would choose modules by itself:\n%s", diff)
	}
	binary = filepath.Join(builds, strings.TrimSuffix(name, ".zip"))
	buildGo(t, dir, environment, "build", "-trimpath", "-ldflags", environment["GOOGLE_GOLDFLAGS"], "-o", binary, "./functions.local/app")
	return binary, strings.Fields(buildGo(t, dir, environment, "list", "-deps", "./functions.local/app"))
}

func unpack(t *testing.T, zipFile, dir string) {
	t.Helper()
	r, err := zip.OpenReader(zipFile)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	files := tree{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(rc); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	if err := files.write(dir); err != nil {
		t.Fatal(err)
	}
}

// packagesAt returns the names of all packages in a folder, with tests and files for other platforms.
func packagesAt(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		names[f.Name.Name] = true
	}
	return names
}

// buildGo runs the go command without network: packaging has fetched missing modules.
func buildGo(t *testing.T, dir string, environment map[string]string, args ...string) string {
	t.Helper()
	settings := map[string]string{"GOPROXY": "off", "GOWORK": "off", "GOFLAGS": "", "CGO_ENABLED": "0"}
	maps.Copy(settings, environment)
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.Output()
	if err != nil {
		var stderr []byte
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			stderr = exit.Stderr
		}
		t.Fatalf("go %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr)
	}
	return string(out)
}
