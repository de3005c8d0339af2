package lift_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/scripts/internal/pack/lift"
)

// A small project with everything that can stand in a function's folder, and what is wrong with the others.
var project = lift.Tree{
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
	"coordinator/function/function.go":    function("function", "Coordinator"),

	"functions/mute/function.go":             []byte("package mute\n"),
	"functions/twice/a.go":                   function("twice", "One"),
	"functions/twice/b.go":                   function("twice", "One"),
	"functions/inner/function.go":            function("inner", "Inner", "example.com/small/functions/inner/internal/x"),
	"functions/inner/internal/x/x.go":        []byte("package x\n"),
	"functions/lost/function.go":             function("lost", "Lost", "example.com/small/shared/nowhere"),
	"functions/rooted/function.go":           function("rooted", "Rooted", "example.com/small"),
	"root.go":                                []byte("package small\n"),
	"functions/stray-file-is-no-function.md": nil,
}

// function is a file that registers a function and imports some packages.
func function(name, entryPoint string, imports ...string) []byte {
	var b strings.Builder
	b.WriteString("package " + name + "\n\nimport \"github.com/GoogleCloudPlatform/functions-framework-go/functions\"\n")
	for _, i := range imports {
		b.WriteString("import _ \"" + i + "\"\n")
	}
	b.WriteString("\nfunc init() { functions.HTTP(\"" + entryPoint + "\", nil) }\n")
	return []byte(b.String())
}

// write puts the project into a folder of its own, with the modules of Rollcall, most of which it does not need.
func write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	mod, err := os.ReadFile("../../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("../../../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	small := maps.Clone(project)
	small["go.mod"] = bytes.Replace(mod, []byte("module example.com/rollcall\n"), []byte("module example.com/small\n"), 1)
	small["go.sum"] = sums
	if err := small.Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestAFunctionIsLiftedWithWhatItImportsAndNothingElse(t *testing.T) {
	got, err := lift.Functions(t.Context(), write(t), []string{"good"})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Name != "good" || !slices.Equal(got[0].EntryPoints, []string{"Good"}) {
		t.Errorf("name %q, entry point %q", got[0].Name, got[0].EntryPoints)
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
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got[0].Tree))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(string(project["functions/good/function.go"]), string(got[0].Tree["function.go"])); diff != "" {
		t.Error(diff)
	}
}

func TestEveryFolderOfFunctionsIsOneAndSoIsTheCoordinator(t *testing.T) {
	got, err := lift.Names(write(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"coordinator", "good", "inner", "lost", "mute", "rooted", "twice"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatTheBuildpackWouldNotTakeIsRefusedByName(t *testing.T) {
	dir := write(t)
	for name, want := range map[string]string{
		"mute":    `package mute: functions/mute registers [] with functions.HTTP`,
		"twice":   `package twice: functions/twice registers ["One" "One"] with functions.HTTP`,
		"inner":   `functions/inner imports example.com/small/functions/inner/internal/x`,
		"rooted":  `package rooted: package example.com/small is at the root of the project`,
		"lost":    `shared/nowhere`,
		"unknown": `no function is called "unknown"; there are coordinator, good, inner`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := lift.Functions(t.Context(), dir, []string{name})
			if err == nil {
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("error %q does not say %q", err, want)
			}
		})
	}
}

// Versions that go mod tidy chose by itself would be deployed without having been tested.
func TestAModuleThatTheProjectDoesNotKnowIsRefused(t *testing.T) {
	dir := write(t)
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
	_, err = lift.Functions(t.Context(), dir, []string{"good"})
	if err == nil || !strings.Contains(err.Error(), "cloud.google.com/go/functions@v") {
		t.Errorf("error %v does not name the module", err)
	}
}
