package operate

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"example.com/rollcall/functions/drops"
	"example.com/rollcall/scripts/internal/deployment/datadir"
	"example.com/rollcall/shared/partition"
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

// An author outside the Partner Program has no earnings file. Without a file of stories, the month is missing.
func TestARealMonthIsCompleteWithoutEarnings(t *testing.T) {
	dir, home := filepath.Join(t.TempDir(), "data"), t.TempDir()
	live := func(sys *System) {
		sys.Env = envconfig.MapLookuper(map[string]string{"MEDIUM_USERNAME": "ada", "MEDIUM_SID": "1:sid", "MEDIUM_UID": "uid"})
	}
	options := RunOptions{Source: []string{"drops"}, Range: Range{Month: "2026-10"}}
	earnings := filepath.Join(home, "earnings.json")
	write(t, earnings, `{"payload":{"postAmounts":[{"periodStartedAt":1790812800000,"amount":5,"post":{"id":"a"}}]}}`) // 2026-10
	options.Drop = []string{earnings}
	r := localIn(t, dir, options, live)
	if want := "missing: drops 2026-10: no file for raw.drops_medium_stories was dropped; fix: "; r.status != incomplete ||
		strings.Count(r.stderr, "missing: drops") != 1 || !strings.Contains(r.stderr, want) {
		t.Errorf("with earnings alone: status %d, want %q\n%s", r.status, want, r.stderr)
	}
	stories := filepath.Join(home, "2026-10.json")
	write(t, stories, storyFile(false, "a"))
	for name, in := range map[string]string{"with both": dir, "with stories alone": filepath.Join(t.TempDir(), "data")} {
		options.Drop = []string{stories}
		if r := localIn(t, in, options, live); r.status != complete || len(r.Missing) > 0 {
			t.Errorf("%s: status %d\n%s", name, r.status, r.stderr)
		}
	}
}

// The fix that a refusal names works, for a month that has not ended as well. The bucket's clock is the real one.
func TestARefusedMonthIsLoadedByTheCommandThatIsNamed(t *testing.T) {
	dir := completeDir(t)
	month := partition.Month(time.Now())
	at := month.Start().AddDate(0, 0, 1)
	if at.Before(morningAfter) {
		at = morningAfter
	}
	path := filepath.Join(t.TempDir(), month.String()+".json")
	write(t, path, storyFile(false, "a"))
	code, _, stderr := runText(t, at, dir, path)
	fix := fmt.Sprintf("load --source drops --month %s --accept --data %s", month, dir)
	if code != incomplete || !strings.Contains(stderr, fix) || !strings.Contains(stderr, month.String()+" had not ended when") {
		t.Fatalf("status %d, want the fix %q:\n%s", code, fix, stderr)
	}
	var out, err bytes.Buffer
	sys := folderSystem(&out, &err)
	sys.now = func() time.Time { return at.Add(time.Minute) }
	o := LoadOptions{Place: Place{Data: dir}, Confirmation: Confirmation{Yes: true}, Source: "drops", Month: month.String(), Accept: true}
	if code := status(&err)(Load(t.Context(), o, sys)); code != complete || !strings.Contains(out.String(), "Accepted by") {
		t.Errorf("status %d\n%s%s", code, out.String(), err.String())
	}
	if code, _, stderr := runText(t, at.Add(2*time.Minute), dir, path); code != complete {
		t.Errorf("the same file again: status %d\n%s", code, stderr)
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
