package pack

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallProject has a function with every kind of file, and functions that cannot be packaged.
var smallProject = tree{
	"functions/good/function.go": []byte(`package good

import (
	_ "embed"
	"net/http"

	ff "github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"example.com/small/functions/good/part"
	"example.com/small/shared/used"
)

//go:embed schema/table.json
var schema string

func init() {
	ff.HTTP("Good", func(http.ResponseWriter, *http.Request) { used.Use(part.Part, schema) })
	http.HandleFunc("/not-an-entry-point", nil)
}
`),
	"functions/good/function_windows.go":  []byte("package good\n"),
	"functions/good/function_test.go":     []byte("package good\n"),
	"functions/good/external_test.go":     []byte("package good_test\n"),
	"functions/good/README.md":            []byte("# good\n"),
	"functions/good/schema/table.json":    []byte("[]\n"),
	"functions/good/schema/notes.txt":     []byte("not embedded\n"),
	"functions/good/part/part.go":         []byte("package part\n\nconst Part = 1\n"),
	"functions/good/goodtest/goodtest.go": []byte("package goodtest\n"),
	"shared/used/used.go":                 []byte("package used\n\nimport _ \"example.com/small/shared/usedbyused\"\n\nfunc Use(...any) {}\n"),
	"shared/usedbyused/usedbyused.go":     []byte("package usedbyused\n"),
	"shared/unused/unused.go":             []byte("package unused\n"),
	"coordinator/function/function.go":    registering("function", "Coordinator"),

	"functions/mute/function.go":             []byte("package mute\n"),
	"functions/twice/a.go":                   registering("twice", "One"),
	"functions/twice/b.go":                   registering("twice", "One"),
	"functions/inner/function.go":            registering("inner", "Inner", "example.com/small/functions/inner/internal/x"),
	"functions/inner/internal/x/x.go":        []byte("package x\n"),
	"functions/lost/function.go":             registering("lost", "Lost", "example.com/small/shared/nowhere"),
	"functions/rooted/function.go":           registering("rooted", "Rooted", "example.com/small"),
	"root.go":                                []byte("package small\n"),
	"functions/stray-file-is-no-function.md": nil,
}

// registering returns a file that registers a function and imports some packages.
func registering(name, entryPoint string, imports ...string) []byte {
	var b strings.Builder
	b.WriteString("package " + name + "\n\nimport \"github.com/GoogleCloudPlatform/functions-framework-go/functions\"\n")
	for _, i := range imports {
		b.WriteString("import _ \"" + i + "\"\n")
	}
	b.WriteString("\nfunc init() { functions.HTTP(\"" + entryPoint + "\", nil) }\n")
	return []byte(b.String())
}

// writeSmallProject writes the project to a new folder, with the modules of Rollcall. It needs only a few of them.
func writeSmallProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	small := maps.Clone(smallProject)
	small["go.mod"] = bytes.Replace(mod, []byte("module example.com/rollcall\n"), []byte("module example.com/small\n"), 1)
	small["go.sum"] = sums
	if err := small.write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestASourceHoldsWhatTheFunctionImportsAndNothingElse(t *testing.T) {
	got, err := collect(t.Context(), writeSmallProject(t), []string{"good"})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].name != "good" || !slices.Equal(got[0].entryPoints, []string{"Good"}) {
		t.Errorf("name %q, entry point %q", got[0].name, got[0].entryPoints)
	}
	want := []string{
		"function.go",
		"functions/good/part/part.go",
		"go.mod",
		"go.sum",
		"schema/table.json",
		"shared/used/used.go",
		"shared/usedbyused/usedbyused.go",
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got[0].files))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(string(smallProject["functions/good/function.go"]), string(got[0].files["function.go"])); diff != "" {
		t.Error(diff)
	}
}

func TestTheFunctionsAreTheFoldersOfFunctionsAndTheCoordinator(t *testing.T) {
	got, err := functionFolders(writeSmallProject(t))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(got))
	if diff := cmp.Diff([]string{"coordinator", "good", "inner", "lost", "mute", "rooted", "twice"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheBuildpackWouldRefuseIsRefusedByName(t *testing.T) {
	dir := writeSmallProject(t)
	for name, want := range map[string]string{
		"mute":    `package mute: functions/mute registers [] with functions.HTTP`,
		"twice":   `package twice: functions/twice registers ["One" "One"] with functions.HTTP`,
		"inner":   `functions/inner imports example.com/small/functions/inner/internal/x`,
		"rooted":  `package rooted: package example.com/small is at the root of the project`,
		"lost":    `shared/nowhere`,
		"unknown": `no function is named "unknown"; there are coordinator, good, inner`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := collect(t.Context(), dir, []string{name})
			if err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		})
	}
}

// The project was not tested with versions that go mod tidy chooses.
func TestAModuleThatTheProjectDoesNotKnowIsRefused(t *testing.T) {
	dir := writeSmallProject(t)
	file := filepath.Join(dir, "go.sum")
	sums, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept []byte
	for line := range strings.Lines(string(sums)) {
		if !strings.HasPrefix(line, "cloud.google.com/go/functions ") {
			kept = append(kept, line...)
		}
	}
	if err := os.WriteFile(file, kept, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = collect(t.Context(), dir, []string{"good"})
	if err == nil || !strings.Contains(err.Error(), "cloud.google.com/go/functions@v") {
		t.Errorf("error %v does not name the module", err)
	}
}
