package operate

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/rollcall/coordinator/models"
	"example.com/rollcall/shared/manifest"
)

// restricted matches an input with the restriction that the compiler writes.
var restricted = regexp.MustCompile(
	`\(SELECT \* FROM (\S+) AS input WHERE (?:\([^()]*\) OR \([^()]*\)|[^()]*)\)`)

// unrestricted returns the models as a compiler that restricts no input would leave them: each query reads all partitions.
func unrestricted(t *testing.T) *manifest.Manifest {
	t.Helper()
	m := models.Load(manifest.DuckDB)
	for _, model := range m.Models {
		s := model.SQL[manifest.DuckDB]
		stage := restricted.ReplaceAllString(s.Stage, "$1")
		if stage == s.Stage || strings.Contains(stage, "AS input") {
			t.Fatalf("the restriction of %s is not taken out:\n%s", model.Name, stage)
		}
		s.Stage = stage
		model.SQL[manifest.DuckDB] = s
		model.SQLHash = "unrestricted " + model.SQLHash
	}
	return m
}

// A release whose models compile to other statements runs their partitions again at the next run. Tables that the earlier
// statements left wrong are right then.
func TestUpgradeMendsWhatEarlierStatementsLeftWrong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	before := localIn(t, dir, RunOptions{}, func(sys *System) { sys.manifest = unrestricted(t) })
	if before.status == broken {
		t.Fatalf("the run before the upgrade: %s", before.stderr)
	}
	wrong := 0
	want := contents(t, completeDir(t))
	for table, content := range contents(t, dir) {
		if strings.HasPrefix(table, "mart.") && content != want[table] {
			wrong++
		}
	}
	if wrong == 0 {
		t.Fatal("every table is right without a restriction, so this test shows nothing")
	}

	after := runLocal(t, dir, RunOptions{})
	if after.status != complete {
		t.Errorf("after the upgrade: status %d\n%s", after.status, after.stderr)
	}
	if diff := cmp.Diff(slices.Compact(names(base.first.Runs)), slices.Compact(names(after.Runs))); diff != "" {
		t.Errorf("the run after the upgrade ran other partitions than a first run does (-first +after):\n%s", diff)
	}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Errorf("tables differ from those of an undisturbed run:\n%s", diff)
	}
	if again := runLocal(t, dir, RunOptions{}); len(again.Runs) > 0 {
		t.Errorf("the run after that ran %v", names(again.Runs))
	}
}
