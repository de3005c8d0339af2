package pack

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newPkg(name, zip string) pkg { return newPackage(name, []byte(zip), []string{"Entry"}, nil) }

// apply writes the packages to the folder, and returns the plan.
func apply(t *testing.T, dir string, some bool, packages ...pkg) plan {
	t.Helper()
	p, err := compare(dir, packages, some)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.apply(); err != nil {
		t.Fatal(err)
	}
	again, err := compare(dir, packages, some)
	if err != nil {
		t.Fatal(err)
	}
	if again.stale() {
		t.Errorf("once applied, there are still changes: %+v", again)
	}
	return p
}

func kinds(p plan) map[string]string {
	k := map[string]string{}
	for _, c := range p.changes {
		k[c.function] = c.kind()
	}
	return k
}

func zips(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	return files
}

// Hashes as sha256sum prints them.
const (
	fileOfA1 = "a-f55ff16f66f4.zip" // of "a1"
	fileOfA2 = "a-2c3a4249d770.zip" // of "a2"
	fileOfB1 = "b-7dc96f776c84.zip" // of "b1"
)

func TestTheIndexNamesEachZipByItsHash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when", "needed")
	a := newPkg("a", "a1")
	a.BuildEnvironment = map[string]string{"GOFLAGS": "-tags=x"}
	apply(t, dir, false, newPkg("b", "b1"), a)
	got, err := os.ReadFile(filepath.Join(dir, "packages.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "a": {
    "file": "a-f55ff16f66f4.zip",
    "sha256": "f55ff16f66f43360266b95db6f8fec01d76031054306ae4a4b380598f6cfd114",
    "entry_points": [
      "Entry"
    ],
    "build_environment": {
      "GOFLAGS": "-tags=x"
    }
  },
  "b": {
    "file": "b-7dc96f776c84.zip",
    "sha256": "7dc96f776c8423e57a2785489a3f9c43fb6e756876d6ad9a9cac4aa4e72ec193",
    "entry_points": [
      "Entry"
    ],
    "build_environment": null
  }
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{fileOfA1, fileOfB1}, zips(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyWhatChangedIsWrittenAndItsOldZipGoes(t *testing.T) {
	dir := t.TempDir()
	apply(t, dir, false, newPkg("a", "a1"), newPkg("b", "b1"))
	before, err := os.Stat(filepath.Join(dir, fileOfB1))
	if err != nil {
		t.Fatal(err)
	}
	plan := apply(t, dir, false, newPkg("a", "a2"), newPkg("b", "b1"))
	if diff := cmp.Diff(map[string]string{"a": "changed", "b": "unchanged"}, kinds(plan)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{fileOfA2, fileOfB1}, zips(t, dir)); diff != "" {
		t.Error(diff)
	}
	after, err := os.Stat(filepath.Join(dir, fileOfB1))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) {
		t.Error("b's zip was written again")
	}
}

func TestAFunctionThatIsGoneLeavesTheFolderUnlessOnlySomeArePackaged(t *testing.T) {
	for some, want := range map[bool]map[string]string{
		true:  {"a": "unchanged", "b": "unchanged"},
		false: {"a": "unchanged", "b": "removed"},
	} {
		t.Run(fmt.Sprintf("some %v", some), func(t *testing.T) {
			dir := t.TempDir()
			apply(t, dir, false, newPkg("a", "a1"), newPkg("b", "b1"))
			plan := apply(t, dir, some, newPkg("a", "a1"))
			if diff := cmp.Diff(want, kinds(plan)); diff != "" {
				t.Error(diff)
			}
			x, err := readIndex(dir)
			if err != nil {
				t.Fatal(err)
			}
			if _, has := x["b"]; has != some {
				t.Errorf("index has b: %v, want %v", has, some)
			}
			if left := len(zips(t, dir)); (left == 2) != some {
				t.Errorf("%d zips", left)
			}
		})
	}
}

// A zip is ours if its name contains its hash: left by an interrupted run, for example. Other files belong to the user.
func TestOnlyOurOwnZipsAreRemoved(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		fileOfA2:                   "a2",
		"holiday-2c3a4249d770.zip": "other photographs",
		"holiday.zip":              "photographs",
		"notes.txt":                "a2",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	plan := apply(t, dir, false, newPkg("a", "a1"))
	if diff := cmp.Diff([]string{fileOfA2}, plan.remove); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{fileOfA1, "holiday-2c3a4249d770.zip", "holiday.zip"}, zips(t, dir)); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Error(err)
	}
}

func TestADamagedFolderIsRepaired(t *testing.T) {
	for what, spoil := range map[string]func(dir string) error{
		"zip is gone":   func(dir string) error { return os.Remove(filepath.Join(dir, fileOfA1)) },
		"zip is broken": func(dir string) error { return os.WriteFile(filepath.Join(dir, fileOfA1), []byte("a"), 0o644) },
		"entry point is another": func(dir string) error {
			p := newPkg("a", "a1")
			p.EntryPoints = []string{"Other"}
			plan, err := compare(dir, []pkg{p}, false)
			if err != nil {
				return err
			}
			return plan.apply()
		},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			apply(t, dir, false, newPkg("a", "a1"))
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"a": "repaired"}, kinds(apply(t, dir, false, newPkg("a", "a1")))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestComparingTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dist")
	plan, err := compare(dir, []pkg{newPkg("a", "a1")}, false)
	if err != nil {
		t.Fatal(err)
	}
	if !plan.stale() {
		t.Error("an absent folder is not stale")
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is there: %v", err)
	}
}

func TestAnIndexThatDoesNotParseIsNamedAndStays(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "packages.json")
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := compare(dir, []pkg{newPkg("a", "a1")}, true)
	if err == nil {
		t.Fatal("no error")
	}
	if want := file + ": unexpected end of JSON input; fix: delete it and package again"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}
