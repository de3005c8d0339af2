package operate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment/datadir"
)

// storyFile returns a file of the stats page with these stories, and with more if another page follows.
func storyFile(more bool, ids ...string) string {
	var rows []string
	for _, id := range ids {
		rows = append(rows, fmt.Sprintf(`{"postId":%q,"title":"Mine","views":7,"reads":3}`, id))
	}
	paging := "{}"
	if more {
		paging = `{"next":{"limit":50,"to":"1740100000000"}}`
	}
	return fmt.Sprintf(`])}while(1);</x>{"success":true,"payload":{"value":[%s],"paging":%s}}`, strings.Join(rows, ","), paging)
}

// dropping runs the source drops with new files, by name, and returns their paths.
func dropping(t *testing.T, dir string, files ...string) (r result, paths []string) {
	t.Helper()
	home := t.TempDir()
	for n := 0; n < len(files); n += 2 {
		path := filepath.Join(home, files[n])
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, files[n+1])
		paths = append(paths, path)
	}
	return runLocal(t, dir, RunOptions{Source: []string{"drops"}, Drop: paths}), paths
}

// runText runs the source drops and returns what a person reads.
func runText(t *testing.T, at time.Time, dir string, paths ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	o := RunOptions{Data: dir, Source: []string{"drops"}, Drop: paths}
	sys := folderSystem(&out, &err)
	sys.now = func() time.Time { return at }
	code = status(&err)(Run(t.Context(), o, sys))
	return code, out.String(), err.String()
}

// loadedRows returns how many rows a run has loaded last into a table's partition.
func loadedRows(r result, table, partition string) (rows int64) {
	for _, l := range r.Loads {
		if l.Table == table && l.Partition == day(partition) && l.Rows != nil {
			rows = *l.Rows
		}
	}
	return rows
}

const dropped = "raw.drops_medium_stories"

// Two files of one name are two files, and both count. A folder may name the month.
func TestDroppedFilesOfOneNameAreKeptApart(t *testing.T) {
	dir := completeDir(t)
	before, _ := dropping(t, dir, "2026-10.json", storyFile(false, "a"))
	r, _ := dropping(t, dir, "a/2026-10.json", storyFile(false, "b"), "b/2026-10.json", storyFile(false, "c"),
		"2026-10/stories.json", storyFile(false, "d"))
	if before.status != complete || r.status != complete {
		t.Fatalf("status %d and %d\n%s%s", before.status, r.status, before.stderr, r.stderr)
	}
	one, all := loadedRows(before, dropped, "2026-10"), loadedRows(r, dropped, "2026-10")
	if one < 2 || all != one+3 {
		t.Errorf("%d rows with one file, %d with three more", one, all)
	}
}

func TestEachDroppedFileIsReported(t *testing.T) {
	dir := completeDir(t)
	home := t.TempDir()
	page1, page2, bad := filepath.Join(home, "1", "2026-07.json"), filepath.Join(home, "2", "2026-07.json"), filepath.Join(home, "notes-2026-10.json")
	for _, path := range []string{page1, page2} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, page1, storyFile(true, "a", "b"))
	write(t, page2, storyFile(false, "c"))
	write(t, bad, "no JSON")
	code, stdout, stderr := runText(t, morningAfter, dir, page1, bad)
	for _, want := range []string{
		"missing: drops 2026-07: another page follows drops/medium/", "load --source drops --month 2026-07 --accept",
		"missing: drops: " + bad + ": the file is not JSON",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q:\n%s", want, stderr)
		}
	}
	if want := "Dropped: " + page1 + " is kept, but not loaded for 2026-07\n"; code != incomplete || !strings.Contains(stdout, want) {
		t.Errorf("status %d, standard output lacks %q:\n%s", code, want, stdout)
	}
	code, stdout, stderr = runText(t, morningAfter.Add(time.Minute), dir, page2)
	if want := "Dropped: " + page2 + " was loaded: " + dropped + " 2026-07, "; code != complete || !strings.Contains(stdout, want) {
		t.Errorf("status %d, standard output lacks %q:\n%s\n%s", code, want, stdout, stderr)
	}
}

func TestDroppedFileThatCannotBeReadIsInQuarantine(t *testing.T) {
	dir := completeDir(t)
	long := strings.Repeat("n", 240) + "-2026-10.json"
	for name, content := range map[string]string{"notes-2026-10.json": "no JSON", "stories.json": storyFile(false, "a"), long: "no JSON"} {
		r, paths := dropping(t, dir, name, content)
		if r.status != incomplete || !strings.Contains(r.stderr, "missing: drops: "+paths[0]+": ") || !strings.Contains(r.stderr, "fix:") {
			t.Errorf("%s: status %d\n%s", name, r.status, r.stderr)
		}
		object, err := drops.Place(paths[0], []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(datadir.Dir{Path: dir}.Objects(), "drops", filepath.FromSlash(drops.QuarantineName(object)))
		if _, err := os.Stat(file); err != nil {
			t.Errorf("%s is not in quarantine: %v", name, err)
		}
	}
}

func TestDroppedFileThatWouldBeIgnoredIsRefusedBeforeAnythingIsTouched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r, paths := dropping(t, dir, "2026-10.txt", storyFile(false, "a"))
	if want := "--drop: " + paths[0] + " is not read, because of its name; fix: give it a name that ends in .json"; r.status != broken ||
		!strings.Contains(r.stderr, want) {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made")
	}
}
