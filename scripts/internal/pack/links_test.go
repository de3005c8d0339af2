package pack

import (
	"os/exec"
	"strings"
	"testing"
)

// standIns lists fakes of the cloud and what only tests and commands need, as parts of import paths.
var standIns = map[string]string{
	"duckdb":          "./scripts/rollcall",
	"fake-gcs-server": "./scripts/rollcall",
	"/pstest":         "./scripts/rollcall",
	"shared/creator":  "./scripts/rollcall",
	"localcloud":      "./scripts/rollcall",
	"mediumtest":      "./scripts/rollcall",
	"kittest":         "./scripts/rollcall",
	"stripetest":      "./scripts/rollcall",
	"sheetstest":      "./scripts/rollcall",
	"go-pretty":       "./scripts/rollcall",
	"kong":            "./scripts/rollcall",
	"googlesql":       "./scripts/modelc",
}

// own lists libraries that only one function needs.
var own = map[string]string{
	"stripe-go": "stripe",
}

// linked returns the import paths of everything that a package is built from.
func linked(t *testing.T, folder string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", folder)
	cmd.Dir = projectRoot
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v", folder, err)
	}
	return strings.Fields(string(out))
}

func find(paths []string, part string) string {
	for _, p := range paths {
		if strings.Contains(p, part) {
			return p
		}
	}
	return ""
}

func folderOf(function string) string {
	if function == "coordinator" {
		return "./coordinator/function"
	}
	return "./functions/" + function
}

func TestNoFunctionLinksAStandInNorAnotherFunctionsLibraries(t *testing.T) {
	for name := range functions {
		paths := linked(t, folderOf(name))
		for part := range standIns {
			if p := find(paths, part); p != "" {
				t.Errorf("%s links %s", name, p)
			}
		}
		for part, owner := range own {
			if p := find(paths, part); (p != "") != (name == owner) {
				t.Errorf("%s links %q of %s, which only %s does", name, p, part, owner)
			}
		}
		for other := range functions {
			path := "example.com/rollcall" + strings.TrimPrefix(folderOf(other), ".")
			for _, p := range paths {
				if other != name && (p == path || strings.HasPrefix(p, path+"/")) {
					t.Errorf("%s links %s", name, p)
				}
			}
		}
	}
}

// Each name above matches a real import: it is linked where the fake belongs.
func TestStandInsAreFoundWhereTheyAreAtHome(t *testing.T) {
	homes := map[string][]string{}
	for part, home := range standIns {
		if homes[home] == nil {
			homes[home] = linked(t, home)
		}
		if find(homes[home], part) == "" {
			t.Errorf("%s does not link %q: has it another name now?", home, part)
		}
	}
}
